#!/bin/bash
# usage: one-node.sh COMMAND...
# Runs a command with a Slurm of one node around it, on the loopback interface alone, from Debian's packages
# (apt-get install --no-install-recommends slurmctld slurmd slurm-client munge). Needs root. For trying the other files here.
set -euo pipefail
state=$(mktemp -d)
host=$(hostname -s)
chmod 755 "$state"
export SLURM_CONF=$state/slurm.conf

cat >"$SLURM_CONF" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
# Without this the daemons listen on every interface.
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=16817
SlurmdPort=16818
AuthInfo=socket=$state/munge.socket
SlurmUser=root
StateSaveLocation=$state/controller
SlurmdSpoolDir=$state/node
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
# Containers and small machines often lack the cgroup tree that Slurm's own plugins want.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmctldParameters=enable_configless
ReturnToService=2
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(($(awk '/MemTotal/ { print $2 }' /proc/meminfo) / 1024 - 256)) State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
# slurmd 22.05 loads a cgroup plugin whatever the configuration says; this one needs nothing until it is used.
echo "CgroupPlugin=cgroup/v1" >"$state/cgroup.conf"
mkdir "$state/controller" "$state/node"

pids=()
stop() {
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill "${pids[i]}" 2>/dev/null || true
        wait "${pids[i]}" 2>/dev/null || true
    done
    rm -rf "$state"
}
trap stop EXIT

head -c 1024 /dev/urandom >"$state/munge.key"
chmod 600 "$state/munge.key"
munged --foreground --force --key-file="$state/munge.key" --socket="$state/munge.socket" --pid-file="$state/munge.pid" \
    --log-file="$state/munge.log" --seed-file="$state/munge.seed" 2>/dev/null &
pids+=($!)
until [ -S "$state/munge.socket" ]; do sleep 0.1; done
slurmctld -D 2>/dev/null &
pids+=($!)
slurmd -D -N "$host" 2>/dev/null &
pids+=($!)

for _ in $(seq 100); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && break
    sleep 0.3
done
sinfo
"$@"

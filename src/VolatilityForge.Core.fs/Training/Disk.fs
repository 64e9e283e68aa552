/// The steps by which a file reaches a disk for good, each on its own, so that a test can fail any of them.
namespace VolatilityForge

open System
open System.IO
open System.Runtime.InteropServices

/// The operations that saving needs. `Disk.real` is the machine's own.
type Disk =
    {
        /// Makes a file and opens it for writing; fails where one of the name is.
        Create: string -> Stream
        /// Appends bytes.
        Append: Stream -> ReadOnlyMemory<byte> -> unit
        /// Returns when what was appended is on the device, not only in the system's memory.
        Flush: Stream -> unit
        /// Closes the file.
        Close: Stream -> unit
        /// Moves a file over another in one step.
        Rename: string -> string -> unit
        /// Returns when the names in a folder are on the device.
        FlushFolder: string -> unit
        /// Removes a file if it exists.
        Delete: string -> unit
    }

module private LibC =

    // Read-only is 0 on every Unix.
    [<DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, SetLastError = true)>]
    extern int openFile(string path, int flags)

    [<DllImport("libc", EntryPoint = "fsync", SetLastError = true)>]
    extern int flushFile(int descriptor)

    [<DllImport("libc", EntryPoint = "close")>]
    extern int closeFile(int descriptor)

/// The machine's disk.
[<RequireQualifiedAccess>]
module Disk =

    // .NET has no way to flush a folder. Windows writes renames through its journal and needs none.
    let private flushFolder (path: string) : unit =
        if not (OperatingSystem.IsWindows()) then
            let folder = if path = "" then "." else path
            let descriptor = LibC.openFile (folder, 0)

            if descriptor < 0 then
                raise (IOException $"the folder {folder} can't be opened (error {Marshal.GetLastPInvokeError()})")

            try
                // Some file systems refuse to flush a folder; their renames need no flush or have no use for one.
                LibC.flushFile descriptor |> ignore
            finally
                LibC.closeFile descriptor |> ignore

    /// The machine's own file system.
    let real: Disk =
        {
            Create = fun path -> new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)
            Append = fun file bytes -> file.Write bytes.Span
            Flush = fun file -> (file :?> FileStream).Flush true
            Close = fun file -> file.Dispose()
            Rename = fun source target -> File.Move(source, target, true)
            FlushFolder = flushFolder
            Delete = File.Delete
        }

    /// What the temporary neighbours of `replace` end in; a kill may leave one behind.
    let partial: string = ".partial"

    /// Writes a file whole or not at all: to a temporary neighbour, flushed, renamed over the target, the folder flushed.
    /// On an exception the neighbour is removed and the target is what it was, or, if only the last flush failed, the new
    /// file.
    let replace (disk: Disk) (path: string) (pieces: ReadOnlyMemory<byte> list) : unit =
        // A name of this call alone: of two writers of one path neither can take or remove the other's file.
        let temporary = $"{path}.{Guid.NewGuid():N}{partial}"

        let removing () =
            try
                disk.Delete temporary
            with
            | :? IOException
            | :? UnauthorizedAccessException -> ()

        let file = disk.Create temporary

        try
            try
                for piece in pieces do
                    disk.Append file piece

                disk.Flush file
            finally
                disk.Close file

            disk.Rename temporary path
            disk.FlushFolder(Path.GetDirectoryName path)
        with _ ->
            removing ()
            reraise ()

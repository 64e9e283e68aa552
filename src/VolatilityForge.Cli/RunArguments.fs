/// What `volforge run` accepts. Reads no file.
namespace VolatilityForge.Cli

open Argu

/// Arguments of `volforge run` alone.
type RunArgs =
    | [<MainCommand; ExactlyOnce>] Data of path: string
    | [<AltCommandLine("-o"); Unique>] Out of directory: string
    | [<Unique>] Force
    | [<Unique>] Resume
    | [<Unique>] Config of file: string
    | [<Unique>] Models of names: string
    | [<Unique>] Baseline of name: string
    | [<Unique>] Horizons of days: string
    | [<Unique>] Measure of name: string
    | [<Unique>] Window of labels: int
    | [<Unique>] Expanding
    | [<Unique>] Epochs of count: int
    | [<Unique>] Patience of epochs: int
    | [<Unique>] Batch_Size of samples: int
    | [<Unique>] Accumulation of batches: int
    | [<Unique>] Learning_Rate of rate: float
    | [<Unique>] Ema_Decay of decay: float
    | [<Unique>] Members of count: int
    | [<Unique>] Refit_Every of days: int
    | [<Unique>] Mixed_Precision
    | [<Unique>] Precision of name: string
    | [<Unique>] Optimiser of name: string
    | [<Unique>] Schedule of name: string
    | [<Unique>] Device of name: string
    | [<Unique>] Threads of count: int
    | [<Unique>] Shard of part: string
    | [<Unique>] Embargo of days: int
    | [<Unique>] Clamp of rule: string
    | [<Unique>] Refit_All_Every of days: int
    | [<Unique>] Intervals of coverage: float
    | [<Unique>] Interval_Method of name: string
    | [<Unique>] Var_Levels of levels: string
    | [<Unique>] Var_Tail of name: string
    | [<Unique>] Groups of file: string
    | [<Unique>] Lead of symbol: string
    | Extra of file: string
    | [<Unique>] Measures of names: string
    | [<Unique>] From of date: string
    | [<Unique>] Warm_Up of days: int
    | [<Unique>] Near_Zero of share: float
    | [<Unique>] Blocks
    | [<Unique>] Network_Base of model: string
    | [<Unique>] Network_Gain of gain: string
    | [<Unique>] Network_Months of months: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ ->
                "daily bars (date, open, high, low, close; adjusted close, volume, symbol if any) or daily realised measures (date, "
                + "symbol if any, variance, others): CSV, CSV.gz, Parquet, \"sqlite:FILE?query=SELECT ...\", \"postgres:...\", "
                + "\"duckdb:...\"."
            | Out _ -> "folder for result.json, forecasts.csv, checkpoint, report.html (default: out/NAME-OF-DATA)."
            | Force -> "replace the output if it exists."
            | Resume ->
                "go on with an interrupted run of the same data and settings, if there is one: finished work is kept beside OUT."
            | Config _ -> "settings as JSON, as in result.json under \"config\"; other options override it."
            | Models _ ->
                "model names, comma-separated (default, one symbol: random-walk, ewma, har, log-har; with returns log-har-leverage, garch, "
                + "gjr, realized-garch, heavy; with their measures harq, shar, log-shar; the equal-weight mean of those that are fitted; "
                + "transformer. Several symbols: random-walk,ewma,har,log-har,transformer); besides: wls-har, qlike-har, "
                + "log-har-smearing, ridge, lasso, elastic-net, riskmetrics2006, rfsv, tarch, egarch, "
                + "aparch, figarch, component, equal-weight, qlike-weight, mlp, harnet; composed: "
                + "\"garch(2,1)\", \"gjr(student-t;x(MEASURE))\", \"heavy(targeting)\", \"equal-weight(har+gjr)\", \"qlike-weight(A+B)\", \"har-x(MEASURE+...)\", \"log-har-x(...)\". "
                + "har-j, char, harq-f, charq read measures that bars don't give. Of all symbols together: "
                + "pooled-log-har, pooled-log, panel-ridge, panel-ridge-full, eb-log, eb-log-full, eb-log-strong, eb-log-wide, eb-glm, pooled-glm, k2g, "
                + "k3c, k3c-weighted, panel, panel-mean; networks on one of these: panel-mlp, panel-transformer."
            | Baseline _ -> "model that others are compared with (default: log-har)."
            | Horizons _ -> "days ahead, comma-separated (default: 1,5,22)."
            | Measure _ -> "measure of daily variance (default: garman-klass; `volforge measure --help` lists them)."
            | Window _ -> "labels in a window (default: 1000)."
            | Expanding -> "windows that keep every label instead of the last ones."
            | Epochs _ -> "most epochs of a network's training (default: 6)."
            | Patience _ -> "epochs without improvement before training stops (default: 3)."
            | Batch_Size _ -> "samples whose gradient is taken at once (default: 64)."
            | Accumulation _ -> "batches whose gradients make one step (default: 1)."
            | Learning_Rate _ -> "highest learning rate (default: 0.0015)."
            | Ema_Decay _ ->
                "decay of the weights' moving average, with which a network answers; 0 averages nothing (default: 0)."
            | Members _ -> "networks per ensemble, seeded from --seed upwards (default: 3)."
            | Refit_Every _ -> "days between fits of a network (default: 500)."
            | Mixed_Precision -> "compute networks in bfloat16; the same as --precision bfloat16."
            | Precision _ -> "what networks compute in: float32, bfloat16 or float16 (default: float32)."
            | Optimiser _ -> "adamw, adam or sgd (default: adamw)."
            | Schedule _ -> "learning rate: warmup-cosine, constant, one-cycle or plateau (default: warmup-cosine)."
            | Device _ -> "cpu, cuda or cuda:INDEX (default: cpu)."
            | Threads _ ->
                "units of work done at the same time, networks apart (default: one per core); results are the same for any."
            | Shard _ ->
                "do part k of n, as in 2/8, and write OUT/shard-k-of-n.safetensors alone; `volforge merge OUT` joins all n."
            | Embargo _ -> "days that fits leave out before the day of the forecast, beyond purging (default: 0)."
            | Clamp _ ->
                "forecasts far from the window's labels: range (moved into half the smallest to twice the largest), labels (into the "
                + "smallest to the largest), mean (replaced by the labels' mean where outside them) or none (default: range)."
            | Refit_All_Every _ -> "days between fits of every model (default: each model's own)."
            | Intervals _ ->
                "share of days that intervals of the variance are to hold, as in 0.9 (default: none); conformal, by errors known "
                + "on the day."
            | Interval_Method _ -> "adaptive (the share follows what was missed) or split (default: adaptive)."
            | Var_Levels _ ->
                "levels of Value at Risk and expected shortfall of the next day, comma-separated, as in 0.01,0.05 (default: none)."
            | Var_Tail _ ->
                "tail of the returns over forecast volatilities: historical, normal or student-t (default: historical)."
            | Groups _ -> "panel: CSV with the header symbol,group, such as regions."
            | Lead _ -> "panel: the market that others follow, such as SPX."
            | Extra _ ->
                "panel: CSV of date and series of positive values that every symbol may read, such as an implied volatility; once per file."
            | Measures _ ->
                "panel: further columns of DATA that every model reads, comma-separated, and return for the returns; NAME:log of positive "
                + "numbers, NAME:share of parts of the variance, NAME:signed of either sign (default: return:signed, semivariances share, else log)."
            | From _ -> "panel: first date on which a forecast counts (default: when a symbol is past its warm-up)."
            | Warm_Up _ -> "panel: own days of a symbol before its first forecast that counts (default: 1021)."
            | Near_Zero _ ->
                "panel: days below this share of their running median are errors of the record (default: 0.001; 0 keeps all)."
            | Blocks -> "panel: also run eb-log-full without each of its blocks of features, to see what each is worth."
            | Network_Base _ -> "panel: the panel model whose errors networks learn (default: panel)."
            | Network_Gain _ ->
                "panel: share of the networks' answer that is applied, in [0, 1], or past: 0, 1/4 or 1/2 by past years (default: past)."
            | Network_Months _ ->
                "panel: months between fits of networks, counted from January of year 0 (default: 24)."

/// What the other commands of the command line accept, and all of them. Reads no file.
namespace VolatilityForge.Cli

open Argu

/// Arguments of `volforge merge` alone.
type MergeArgs =
    | [<MainCommand; Mandatory>] Shards of path: string
    | [<AltCommandLine("-o"); Unique>] Out of directory: string
    | [<Unique>] Force
    | [<Unique>] Threads of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Shards _ -> "folder of shard-K-of-N.safetensors, or these files."
            | Out _ -> "folder for result.json, forecasts.csv, checkpoint, report.html (default: out/merged)."
            | Force -> "replace the output if it exists."
            | Threads _ -> "symbols whose tables are made at the same time (default: one per core)."

/// Arguments of `volforge measure` alone.
type MeasureArgs =
    | [<MainCommand; ExactlyOnce>] Data of path: string
    | [<AltCommandLine("-o"); Unique>] Out of file: string
    | [<Unique>] Force
    | [<Unique>] Kind of name: string
    | [<Unique>] Measures of names: string
    | [<Unique>] Sampling of scheme: string
    | [<Unique>] Grids of count: int
    | [<Unique>] Session of hours: string
    | [<Unique>] Holidays of dates: string
    | [<Unique>] Half_Days of days: string
    | [<Unique>] Halts of times: string
    | [<Unique>] Clean of steps: string
    | [<Unique>] Arithmetic
    | [<Unique>] Splits of ratios: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ ->
                "daily bars (date, open, high, low, close; adjusted close, volume, symbol if any), quotes (time, bid, ask; sizes, "
                + "exchange, symbol if any) or trades (time, price; size and so on if any): CSV, CSV.gz, Parquet, "
                + "\"sqlite:FILE?query=SELECT ...\", \"postgres:...\", \"duckdb:...\"."
            | Out _ -> "CSV file to write (default: standard output)."
            | Force -> "replace the output if it exists."
            | Kind _ -> "bars, quotes or trades (default: told from the header)."
            | Measures _ ->
                "measures, comma-separated (default: all). Of bars: squared-return, parkinson, garman-klass, rogers-satchell, "
                + "garman-klass-yang-zhang, yang-zhang[:WINDOW]. Of ticks: "
                + System.String.Join(
                    ", ",
                    List.map VolatilityForge.IntradayMeasure.name VolatilityForge.IntradayMeasure.all
                )
                + "."
            | Sampling _ ->
                "returns of ticks: a step such as 5m, 30s or 1h by the previous tick, ticks:N, changes or all (default: 5m)."
            | Grids _ -> "shifted grids that rv_subsampled averages over (default: 5)."
            | Session _ -> "hours of trading, such as 09:30-16:00, on weekdays (default: all hours of all days)."
            | Holidays _ -> "days without trading, comma-separated."
            | Half_Days _ -> "days with hours of their own, as 2020-11-27=09:30-13:00, comma-separated."
            | Halts _ -> "times without trading, as 2020-03-09T09:34/2020-03-09T09:49, comma-separated."
            | Clean _ ->
                "steps that clean ticks, comma-separated in their order, or none. Quotes: "
                + System.String.Join(", ", VolatilityForge.QuoteCleaning.names)
                + " (default: zero-price,duplicates,crossed,wide-spread,mid-outlier). Trades: "
                + System.String.Join(", ", VolatilityForge.TradeCleaning.names)
                + " (default: zero-price,corrected,abnormal,duplicates,price-outlier)."
            | Arithmetic ->
                "returns of ticks are differences of prices, not of their logarithms: prices may be negative."
            | Splits _ -> "splits that bars are adjusted for, as 2014-06-09=7, comma-separated, or detect."

/// Arguments of `volforge features` alone.
type FeaturesArgs =
    | [<MainCommand; ExactlyOnce>] Data of path: string
    | [<Unique>] Recipe of file: string
    | [<AltCommandLine("-o"); Unique>] Out of file: string
    | [<Unique>] Force
    | [<Unique>] Kind of name: string
    | [<Unique>] Quotes of file: string
    | [<Unique>] Clean of steps: string
    | [<Unique>] Session of hours: string
    | [<Unique>] Explain
    | [<Unique>] Fit_Until of date: string
    | [<Unique>] Fitted of file: string
    | [<Unique>] Threads of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ ->
                "bars, quotes, trades, option quotes or any table of numbers over time, told from the header: CSV, CSV.gz, Parquet, "
                + "\"sqlite:FILE?query=SELECT ...\", \"postgres:...\", \"duckdb:...\"."
            | Recipe _ -> "steps as JSON, or default: the steps that the columns allow."
            | Out _ -> "CSV, CSV.gz or Parquet file to write (default: standard output)."
            | Force -> "replace the output if it exists."
            | Kind _ ->
                "bars, quotes, trades, options (a chain's characteristics over time), option-rows (its contracts over time) or frame "
                + "(default: told from the header)."
            | Quotes _ ->
                "of trades: a file of quotes; each trade gets the columns of the last quote before it, strictly, of its day."
            | Clean _ ->
                "steps that clean quotes and trades, comma-separated in their order, or none; those of `volforge measure --help` "
                + "(default, none of which looks at later rows: quotes zero-price,crossed,duplicates:last; trades "
                + "zero-price,abnormal,duplicates:weighted). With --quotes, the steps are those of the trades."
            | Session _ -> "hours of trading, such as 09:30-16:00, on weekdays: quotes and trades outside are removed."
            | Explain -> "a table of the features: names, units, formulas, what was learned."
            | Fit_Until _ -> "last day of the part that scales, exponents and knots are learned from (default: all)."
            | Fitted _ -> "JSON file of the fitted recipe: written where there is a --recipe, read where there is none."
            | Threads _ -> "threads (default: as many as processors); the result is the same."

/// Arguments of `volforge fit` alone.
type FitArgs =
    | [<MainCommand; ExactlyOnce>] Inputs of model: string * data: string
    | [<Unique>] Mean of name: string
    | [<Unique>] Innovation of name: string
    | [<Unique>] Start of name: string
    | [<Unique>] Free
    | [<Unique>] Simple
    | [<Unique>] Returns of column: string
    | [<Unique>] Measure of name: string
    | [<Unique>] Mean_Regressors of names: string
    | [<Unique>] Regressors_Ahead of file: string
    | [<Unique>] Hold_Regressors
    | [<Unique>] Presample of days: int
    | [<Unique>] Targeting
    | [<Unique>] Days_Ahead of count: int
    | [<AltCommandLine("-o"); Unique>] Out of file: string
    | [<Unique>] Force

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Inputs _ ->
                "garch, gjr, tarch, egarch, aparch, figarch, component, realized-garch or realized-garch-linear, with orders as "
                + "in \"garch(2,1)\" (default 1,1), or heavy; CSV or CSV.gz of daily bars. GARCH names carry innovation, mean, start, free "
                + "and x(M+N) as in `volforge run`: \"gjr(1,1;student-t;x(bipower+vix))\", where M and N are columns of the data whose row "
                + "moves the variance of the day after it."
            | Mean _ ->
                "zero, constant, ar(LAGS) or har (default: constant; realized-garch: zero or constant, default zero)."
            | Innovation _ -> "normal, student-t, skewed-t or ged (default: normal)."
            | Start _ ->
                "variance before the first day: mean-square, backcast, unconditional or a number (default: mean-square); "
                + "realized-garch: sample or estimated (default: sample)."
            | Free -> "let alpha, gamma/2 and beta sum to more than one."
            | Simple -> "simple returns in percent instead of log returns in percent."
            | Returns _ ->
                "the data are a CSV with a column of returns of this name, taken as they are, instead of bars."
            | Measure _ ->
                "realized-garch, heavy: the column of the realised measure beside --returns, or the measure of bars (default: "
                + "garman-klass); garch and others: the measure of bars that x(variance) is (default: garman-klass)."
            | Mean_Regressors _ ->
                "columns joined by +, added to the mean of their own row's return: lag what isn't known before it. Not of realized-garch "
                + "and heavy."
            | Regressors_Ahead _ ->
                "CSV of the regressors' columns with a row per day ahead: those of the variance up to the day before the last."
            | Hold_Regressors ->
                "regressors stay at their last row on the days ahead; without it or --regressors-ahead one day is told."
            | Presample _ -> "realized-garch: days at the start that are lags only (default: 0)."
            | Targeting -> "heavy: omegas from the sample's means."
            | Days_Ahead _ -> "days of forecast variances (default: 5)."
            | Out _ -> "JSON file for the fit, to be appended to and forecast from."
            | Force -> "replace that file if it exists."

/// Arguments of `volforge simulate` alone.
type SimulateArgs =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Unique>] Days of count: int
    | [<Unique>] Regressors_Ahead of file: string
    | [<Unique>] Hold_Regressors
    | [<Unique>] Parameters of values: string
    | [<Unique>] Bootstrap
    | [<AltCommandLine("-o"); Unique>] Out of file: string
    | [<Unique>] Force

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ ->
                "a GARCH or Realized GARCH name, without x(...), such as \"gjr(1,1;student-t)\" or realized-garch; or the JSON file that"
                + " `volforge fit --out` wrote, which is carried on from its last day."
            | Days _ -> "days to draw (default: 1000; at most 10000 from a fit)."
            | Regressors_Ahead _ -> "of a fit with regressors: CSV of their columns with a row per day to draw."
            | Hold_Regressors ->
                "of a fit with regressors of the variance: they stay at their last row; the mean's are not in the fit's file."
            | Parameters _ ->
                "parameters of a model's name as NAME=VALUE, comma-separated, as in \"alpha[1]=0.1,beta[1]=0.85\"; others are a stock "
                + "index's of variance one."
            | Bootstrap ->
                "of a fit: draw from its standardised residuals instead of its distribution; heavy always does."
            | Out _ ->
                "CSV file of day, return, variance, and measure where the model has one (default: standard output)."
            | Force -> "replace the output if it exists."

/// Arguments of `volforge forecast` alone.
type ForecastArgs =
    | [<MainCommand; ExactlyOnce>] Inputs of checkpoint: string * data: string
    | [<Unique>] Device of name: string
    | [<Unique>] Returns of column: string
    | [<Unique>] Measure of name: string
    | [<Unique>] Simple
    | [<Unique>] Append
    | [<Unique>] Regressors_Ahead of file: string
    | [<Unique>] Hold_Regressors
    | [<Unique>] Days_Ahead of count: int
    | [<Unique>] Paths of count: int
    | [<Unique>] Bootstrap
    | [<Unique>] Quantile of probability: float
    | Extra of file: string
    | [<Unique>] Interval of share: float
    | [<Unique>] Threads of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Inputs _ ->
                "the checkpoint.safetensors of a run, or the panel.json of a panel run, and its data up to the last day known; or the "
                + "JSON file that `volforge fit --out` wrote, and data as that command reads them."
            | Extra _ -> "panel: the files of common series that the run had, up to the last day known; once per file."
            | Interval _ -> "panel: share of days that intervals are to hold (default: 0.9)."
            | Threads _ -> "panel: most threads at work (default: one per core); forecasts are the same for any."
            | Device _ -> "cpu, cuda or cuda:INDEX (default: the run's)."
            | Returns _ -> "of a fit: the data are a CSV with a column of returns of this name instead of bars."
            | Measure _ ->
                "of a fit: the column of the realised measure, or the measure of bars, as `volforge fit` has it."
            | Simple -> "of a fit: simple returns in percent instead of log returns in percent."
            | Append ->
                "of a fit: the data are the days after those fitted; without it they are the whole history, filtered anew."
            | Regressors_Ahead _ ->
                "of a fit with regressors: CSV of their columns with a row per day ahead, those of the variance up to the day before the "
                + "last."
            | Hold_Regressors -> "of a fit with regressors: they stay at their last row on the days ahead."
            | Days_Ahead _ -> "of a fit: days of forecasts (default: 5)."
            | Paths _ -> "of a fit: simulated paths behind quantiles and variances without a formula (default: 10000)."
            | Bootstrap -> "of a fit: draw from the fit's standardised residuals instead of its distribution."
            | Quantile _ -> "of a fit: probability of the quantiles of returns (default: 0.01)."

/// Arguments of `volforge evaluate` alone.
type EvaluateArgs =
    | [<MainCommand; ExactlyOnce>] Forecasts of path: string
    | [<Unique>] Baseline of name: string
    | [<Unique>] Loss of name: string
    | [<Unique>] Horizon of days: int
    | [<Unique>] Level of share: float
    | [<Unique>] Draws of count: int
    | [<Unique>] Pairwise
    | [<Unique>] Losses of file: string
    | [<Unique>] Force

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Forecasts _ ->
                "the forecasts.csv of a run, or CSV with date, realised and a column of variances per model; with a column "
                + "return, also MODEL:var:LEVEL and MODEL:es:LEVEL (in the forecasts of a run var:LEVEL, es:LEVEL, lower:COVERAGE, "
                + "upper:COVERAGE)."
            | Baseline _ -> "model that others are compared with (default: log-har, or else the first)."
            | Loss _ ->
                "loss of the tests: qlike, mse, mae-variance, mse-volatility, mae, hmse, robust:B, linex:A (default: qlike)."
            | Horizon _ -> "days ahead of a file without that column (default: 1)."
            | Level _ -> "level of the model confidence set (default: 0.9)."
            | Draws _ -> "resamples of the bootstrap (default: 5000)."
            | Pairwise -> "confidence set by pairs of models (T_R) instead of by their mean (T_max)."
            | Losses _ ->
                "CSV file to write: every day's loss of every model, and the running sum of its difference to the baseline's."
            | Force -> "replace that file if it exists."

/// `volforge doctor` has no arguments of its own.
type DoctorArgs =
    | [<Hidden>] Nothing

    interface IArgParserTemplate with
        member _.Usage = ""

/// The command and what every command accepts.
type Arguments =
    | [<CliPrefix(CliPrefix.None)>] Run of ParseResults<RunArgs>
    | [<CliPrefix(CliPrefix.None)>] Merge of ParseResults<MergeArgs>
    | [<CliPrefix(CliPrefix.None)>] Measure of ParseResults<MeasureArgs>
    | [<CliPrefix(CliPrefix.None)>] Features of ParseResults<FeaturesArgs>
    | [<CliPrefix(CliPrefix.None)>] Forecast of ParseResults<ForecastArgs>
    | [<CliPrefix(CliPrefix.None)>] Fit of ParseResults<FitArgs>
    | [<CliPrefix(CliPrefix.None)>] Simulate of ParseResults<SimulateArgs>
    | [<CliPrefix(CliPrefix.None)>] Evaluate of ParseResults<EvaluateArgs>
    | [<CliPrefix(CliPrefix.None)>] Doctor of ParseResults<DoctorArgs>
    | [<Inherit; Unique>] Json
    | [<Inherit; AltCommandLine("-q"); Unique>] Quiet
    | [<Inherit; Unique>] Seed of number: int64
    | [<Inherit; Unique>] Symbol of names: string
    | [<Inherit>] Column of role_and_name: string
    | [<Inherit; Unique>] Delimiter of character: char
    | [<Inherit; Unique>] Date_Format of format: string
    | [<Inherit; Unique>] Decimal_Comma
    | [<Inherit; Unique>] Drop_Bad_Rows
    | [<Inherit; Unique>] Duplicates of policy: string
    | [<Inherit; Unique>] Sort
    | [<Inherit; Unique>] Variance of column: string
    | [<Inherit; Unique>] Return_Column of column: string
    | [<Inherit; Unique>] Price_Column of column: string
    | [<Inherit>] Measure_Column of name_and_column: string
    | [<Inherit; Unique>] Missing of policy: string
    | [<Inherit; Unique>] Wide
    | [<Unique>] Version

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Run _ -> "walk models forward through daily bars: table, report, forecasts, checkpoint."
            | Merge _ -> "join the shards of a run: the files of the run that was not split."
            | Measure _ -> "daily variance from bars, quotes or trades by every estimator, as CSV."
            | Features _ -> "features of quotes, trades, bars or options by a recipe, as CSV."
            | Forecast _ -> "the next forecasts from a run's checkpoint."
            | Fit _ ->
                "fit a GARCH, Realized GARCH or HEAVY model: estimates, three kinds of standard errors, diagnostics, forecasts."
            | Simulate _ -> "returns and variances drawn from a model or a stored fit, as CSV."
            | Evaluate _ -> "losses, tests and confidence sets of a file of forecasts; backtests of risk."
            | Doctor _ -> "what is installed, what is missing, how to mend it."
            | Json -> "one JSON object on standard output, nothing else."
            | Quiet -> "no progress and no notes."
            | Seed _ ->
                "first seed of the networks, or seed of the bootstrap (default: 1); the same seed gives the same bits."
            | Symbol _ -> "symbols to keep, comma-separated."
            | Column _ -> "an unusual column name by its role, as in --column close=PX_LAST; once per column."
            | Delimiter _ -> "field delimiter (default: found out)."
            | Date_Format _ -> "date format, such as M/d/yyyy (default: found out)."
            | Decimal_Comma -> "numbers are written 1469,25."
            | Drop_Bad_Rows -> "leave out rows that break a rule, and count them."
            | Duplicates _ -> "which of the rows with one date stays, first or last (default: they are refused)."
            | Sort -> "sort rows by date (default: rows out of order are refused)."
            | Variance _ ->
                "DATA is a file of daily measures, and this its column of variances in any unit (default: found out where there "
                + "is no open, high, low, close)."
            | Return_Column _ -> "its column of daily log returns."
            | Price_Column _ -> "its column of prices, whose log differences are the returns."
            | Measure_Column _ -> "a column that models read, as in --measure-column quarticity=RQ; once per column."
            | Missing _ ->
                "its days without a positive variance: drop, or floor at the smallest so far, unscored (default: drop)."
            | Wide -> "each of its columns is the variance of a symbol."
            | Version -> "print the version."

/// What a Realized GARCH is: form, lags, mean and start, by name and as data. Fits nothing.
namespace VolatilityForge

open System.Text.RegularExpressions

/// The units that a Realized GARCH's two equations are linear in.
[<RequireQualifiedAccess>]
type RealizedForm =
    /// ln h(t) = omega + sum gamma ln x(t-i) + sum beta ln h(t-j); ln x(t) = xi + phi ln h(t) + tau1 z + tau2 (z^2 - 1) + u.
    | LogLinear
    /// h(t) = omega + sum gamma x(t-i) + sum beta h(t-j); x(t) = xi + phi h(t) + tau1 z + tau2 (z^2 - 1) + u.
    | Linear

/// The variance of the first day that counts.
[<RequireQualifiedAccess>]
type RealizedStart =
    /// By the recursion, from the returns' mean square and the measure's mean level.
    | Sample
    /// A parameter of its own, named h1 or log_h1, as in the paper.
    | Estimated

/// A Realized GARCH (Hansen, Huang and Shek 2012): x is a realised measure, z the return less its mean over the root of h, u a
/// normal surprise of the measure with variance sigma_u2.
type RealizedGarchSpec =
    {
        Form: RealizedForm
        /// Lags of the measure, 1..10; the paper's q.
        MeasureLags: int
        /// Lags of the variance, 1..10; the paper's p.
        VarianceLags: int
        /// A constant mean of the returns; without it the mean is zero, as in the paper.
        ConstantMean: bool
        Start: RealizedStart
        /// Days at the start that are lags only and don't count in the likelihood, at least 0.
        Presample: int
    }

/// What a model of returns and a realised measure reads; both columns have one element per day.
type RealizedData =
    {
        /// Returns in any one unit; finite.
        Returns: float[]
        /// A measure of the same days' variance, positive and finite; its unit need not be the returns' squared.
        Measure: float[]
    }

/// Names, orders and parameters.
[<RequireQualifiedAccess>]
module RealizedGarchSpec =

    /// One lag each in logarithms, zero mean, started from the sample.
    let defaults: RealizedGarchSpec =
        {
            Form = RealizedForm.LogLinear
            MeasureLags = 1
            VarianceLags = 1
            ConstantMean = false
            Start = RealizedStart.Sample
            Presample = 0
        }

    /// The names that `parse` takes, without orders.
    let names: string list = [ "realized-garch"; "realized-garch-linear" ]

    /// The name of the form.
    let name (spec: RealizedGarchSpec) : string =
        match spec.Form with
        | RealizedForm.LogLinear -> names[0]
        | RealizedForm.Linear -> names[1]

    /// The model of a name with or without orders, lags of the measure first: "realized-garch", "realized-garch-linear(2,1)".
    let parse (text: string) : Result<RealizedGarchSpec, Fault> =
        let shape =
            Regex.Match(
                text.Trim().ToLowerInvariant(),
                @"^(realized-garch(-linear)?)(?:\((\d{1,3})(?:,(\d{1,3}))?\))?$"
            )

        let order (group: int) =
            if shape.Groups[group].Success then
                int shape.Groups[group].Value
            else
                1

        if shape.Success then
            Ok
                { defaults with
                    Form =
                        if shape.Groups[2].Success then
                            RealizedForm.Linear
                        else
                            RealizedForm.LogLinear
                    MeasureLags = order 3
                    VarianceLags = order 4
                }
        else
            Error(Fault.UnknownName("model of returns and a measure", text, names))

    /// Names of the parameters in the order of every array of estimates: mean, variance, measure, start.
    let parameterNames (spec: RealizedGarchSpec) : string list =
        let indexed (name: string) (count: int) = [ for i in 1..count -> $"{name}[{i}]" ]

        [
            if spec.ConstantMean then
                "mu"
            "omega"
            yield! indexed "gamma" spec.MeasureLags
            yield! indexed "beta" spec.VarianceLags
            "xi"
            "phi"
            "tau1"
            "tau2"
            "sigma_u2"
            match spec.Start, spec.Form with
            | RealizedStart.Estimated, RealizedForm.LogLinear -> "log_h1"
            | RealizedStart.Estimated, RealizedForm.Linear -> "h1"
            | RealizedStart.Sample, _ -> ()
        ]

    /// Ok when lags and presample lie in their domains.
    let check (spec: RealizedGarchSpec) : Result<RealizedGarchSpec, Fault> =
        let lags (field: string) (count: int) =
            Checked.require (Fault.BadSetting(field, "must be 1..10", string count)) (count >= 1 && count <= 10)

        Checked.all
            [
                lags "lags of the measure" spec.MeasureLags
                lags "lags of the variance" spec.VarianceLags
                Checked.require
                    (Fault.BadSetting("presample", "must be at least 0", string spec.Presample))
                    (spec.Presample >= 0)
            ]
        |> Result.map (fun () -> spec)

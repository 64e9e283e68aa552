/// What a conditional variance model is: mean, recursion, innovation and start, by name and as data. Fits nothing.
namespace VolatilityForge

open System
open System.Text.RegularExpressions

/// The conditional mean of a return.
[<RequireQualifiedAccess>]
type MeanModel =
    /// Zero.
    | Zero
    /// One constant.
    | Constant
    /// A constant and this many lagged returns, least squares start.
    | Ar of lags: int
    /// A constant and mean returns over the last days of each span, as 1, 5, 22.
    | Har of spans: int list

/// The recursion of the conditional variance. e is a return less its mean, s a conditional standard deviation.
[<RequireQualifiedAccess>]
type VarianceModel =
    /// s2(t) = omega + sum alpha e2(t-i) + sum beta s2(t-j) (Bollerslev 1986).
    | Garch of arch: int * garch: int
    /// GARCH with gamma e2 added where e is negative (Glosten, Jagannathan and Runkle 1993).
    | Gjr of arch: int * garch: int
    /// GJR's recursion for s and |e| instead of their squares (Zakoian 1994).
    | Tarch of arch: int * garch: int
    /// s^delta(t) = omega + sum alpha (|e| - gamma e)^delta(t-i) + sum beta s^delta(t-j) (Ding, Granger and Engle 1993).
    | Aparch of arch: int * garch: int
    /// ln s2(t) = omega + sum (alpha (|z| - sqrt(2/pi)) + gamma z)(t-i) + sum beta ln s2(t-j), z = e/s (Nelson 1991). The
    /// constant is the normal's E|z| under every innovation.
    | Egarch of arch: int * garch: int
    /// Long memory: s2(t) = omega / (1 - beta) + sum lambda_k e2(t-k), the weights of (1 - phi L)(1 - L)^d / (1 - beta L) cut
    /// after so many lags (Baillie, Bollerslev and Mikkelsen 1996).
    | Figarch of lags: int
    /// A trend q(t) = omega + rho q(t-1) + phi (e2 - s2)(t-1) and s2(t) = q(t) + alpha (e2 - q)(t-1) + beta (s2 - q)(t-1)
    /// (Engle and Lee 1999).
    | Component

/// What stands for the days before the first: published numbers differ by it. It is a variance.
[<RequireQualifiedAccess>]
type VarianceStart =
    /// The mean squared residual, at every parameter value anew (Fiorentini, Calzolari and Panattoni 1996); under EGARCH the
    /// mean residual is the residual before the first day, where other starts have no news on it.
    | MeanSquare
    /// The first 75 squared residuals of the least squares mean with weights 0.94^i; of |e| to the model's power where
    /// that is fixed.
    | Backcast
    /// The variance that the parameters imply; for GARCH, GJR, EGARCH and the component model.
    | Unconditional
    /// This much, in squared units of the returns.
    | Fixed of variance: float

/// A conditional variance model.
type GarchSpec =
    {
        Mean: MeanModel
        Variance: VarianceModel
        Innovation: Innovation
        Start: VarianceStart
        /// Keeps the sum of alpha, gamma / 2 and beta at or below one in GARCH, GJR and TARCH, that of alpha and beta in
        /// APARCH, as other packages do; without it the sum is free and reported.
        Stationary: bool
    }

/// What a fit reads; all columns have one element per return.
type GarchData =
    {
        /// Returns in any one unit; finite.
        Returns: float[]
        /// Columns added to the mean. Row t is known before return t: lag what isn't.
        MeanRegressors: float[][]
        /// Columns added to the variance recursion, not negative except under EGARCH. Row t moves the variance of t + 1.
        VarianceRegressors: float[][]
    }

/// Returns with or without regressors.
[<RequireQualifiedAccess>]
module GarchData =

    /// Returns alone.
    let ofReturns (returns: float[]) : GarchData =
        {
            Returns = returns
            MeanRegressors = [||]
            VarianceRegressors = [||]
        }

/// Names, orders and parameters of models.
[<RequireQualifiedAccess>]
module GarchSpec =

    /// The longest lag of FIGARCH's weights unless told otherwise.
    [<Literal>]
    let FigarchLags = 1000

    /// GARCH(1,1), constant mean, normal, started at the mean squared residual.
    let defaults: GarchSpec =
        {
            Mean = MeanModel.Constant
            Variance = VarianceModel.Garch(1, 1)
            Innovation = Innovation.Normal
            Start = VarianceStart.MeanSquare
            Stationary = true
        }

    /// Every model's name, as `parse` takes it.
    let names: string list =
        [ "garch"; "gjr"; "tarch"; "egarch"; "aparch"; "figarch"; "component" ]

    /// The model's name, such as "gjr", without its orders.
    let name (model: VarianceModel) : string =
        match model with
        | VarianceModel.Garch _ -> "garch"
        | VarianceModel.Gjr _ -> "gjr"
        | VarianceModel.Tarch _ -> "tarch"
        | VarianceModel.Egarch _ -> "egarch"
        | VarianceModel.Aparch _ -> "aparch"
        | VarianceModel.Figarch _ -> "figarch"
        | VarianceModel.Component -> "component"

    /// Lags of e and of the variance; a FIGARCH has no lag of the variance.
    let orders (model: VarianceModel) : struct (int * int) =
        match model with
        | VarianceModel.Garch(p, q)
        | VarianceModel.Gjr(p, q)
        | VarianceModel.Tarch(p, q)
        | VarianceModel.Egarch(p, q)
        | VarianceModel.Aparch(p, q) -> struct (p, q)
        | VarianceModel.Figarch lags -> struct (lags, 0)
        | VarianceModel.Component -> struct (1, 1)

    /// The model of a name with or without orders: "garch", "gjr(2,1)", "figarch(500)". "zarch" is "tarch".
    let parse (text: string) : Result<VarianceModel, Fault> =
        let shape =
            Regex.Match(text.Trim().ToLowerInvariant(), @"^([a-z-]+)(?:\((\d{1,4})(?:,(\d{1,4}))?\))?$")

        let order (group: int) (otherwise: int) =
            if shape.Groups[group].Success then
                int shape.Groups[group].Value
            else
                otherwise

        let p, q = order 2 1, order 3 1

        match shape.Groups[1].Value with
        | "garch" -> Ok(VarianceModel.Garch(p, q))
        | "gjr" -> Ok(VarianceModel.Gjr(p, q))
        | "tarch"
        | "zarch" -> Ok(VarianceModel.Tarch(p, q))
        | "egarch" -> Ok(VarianceModel.Egarch(p, q))
        | "aparch" -> Ok(VarianceModel.Aparch(p, q))
        | "figarch" -> Ok(VarianceModel.Figarch(order 2 FigarchLags))
        | "component" -> Ok VarianceModel.Component
        | _ -> Error(Fault.UnknownName("variance model", text, names))

    /// The mean of a name: "zero", "constant", "ar(2)", "har".
    let parseMean (text: string) : Result<MeanModel, Fault> =
        match text.Trim().ToLowerInvariant() with
        | "zero" -> Ok MeanModel.Zero
        | "constant" -> Ok MeanModel.Constant
        | "har" -> Ok(MeanModel.Har [ 1; 5; 22 ])
        | other ->
            let shape = Regex.Match(other, @"^ar\((\d{1,3})\)$")

            if shape.Success then
                Ok(MeanModel.Ar(int shape.Groups[1].Value))
            else
                Error(Fault.UnknownName("mean model", text, [ "zero"; "constant"; "ar(1)"; "har" ]))

    /// The start of a name: "mean-square", "backcast", "unconditional" or a variance.
    let parseStart (text: string) : Result<VarianceStart, Fault> =
        match text.Trim().ToLowerInvariant() with
        | "mean-square" -> Ok VarianceStart.MeanSquare
        | "backcast" -> Ok VarianceStart.Backcast
        | "unconditional" -> Ok VarianceStart.Unconditional
        | other ->
            match Double.TryParse(other, Globalization.CultureInfo.InvariantCulture) with
            | true, value when value > 0.0 && Double.IsFinite value -> Ok(VarianceStart.Fixed value)
            | _ ->
                Error(
                    Fault.UnknownName(
                        "start of the variance",
                        text,
                        [ "mean-square"; "backcast"; "unconditional"; "a variance" ]
                    )
                )

    /// One word of a spec in brackets: what it sets, and the spec with it.
    let private word (spec: GarchSpec) (text: string) : (string * GarchSpec) option =
        match Innovation.parse text, parseMean text, parseStart text with
        | Ok found, _, _ -> Some("innovation", { spec with Innovation = found })
        | _, Ok found, _ -> Some("mean", { spec with Mean = found })
        | _, _, Ok found -> Some("start", { spec with Start = found })
        | _ when text = "free" -> Some("stationarity", { spec with Stationary = false })
        | _ -> None

    /// As `parseSpec`, with more words than those in the brackets, such as a command's options; they aren't orders.
    let parseSpecWith (more: string list) (text: string) : Result<GarchSpec, Fault> =
        let shape = Regex.Match(text.Trim().ToLowerInvariant(), @"^([a-z-]+)(?:\((.+)\))?$")

        let inside =
            if shape.Groups[2].Success then
                shape.Groups[2].Value.Split ';' |> Array.map _.Trim() |> List.ofArray
            else
                []

        let ordered, words =
            match inside with
            | first :: rest when Regex.IsMatch(first, @"^\d{1,4}(,\s*\d{1,4})?$") ->
                let orders = first.Replace(" ", "")
                $"{shape.Groups[1].Value}({orders})", rest
            | all -> shape.Groups[1].Value, all

        let add (found: Result<string list * GarchSpec, Fault>) (text: string) =
            found
            |> Result.bind (fun (told, spec) ->
                match word spec text with
                | Some(kind, _) when List.contains kind told ->
                    Error(Fault.BadSetting(kind, "must be told once", text))
                | Some(kind, next) -> Ok(kind :: told, next)
                | None ->
                    Error(
                        Fault.UnknownName(
                            "word of a variance model",
                            text,
                            Innovation.names
                            @ [ "zero"; "constant"; "ar(1)"; "har" ]
                            @ [ "mean-square"; "backcast"; "unconditional"; "free" ]
                        )
                    ))

        match parse (if shape.Success then ordered else text) with
        | Error fault -> Error fault
        | Ok variance ->
            words @ more
            |> List.fold add (Ok([], { defaults with Variance = variance }))
            |> Result.map snd

    /// The spec of a name with or without orders, innovation, mean, start and "free" in brackets: "garch", "gjr(2,1)",
    /// "gjr(student-t)", "garch(1,1;skewed-t;ar(1);backcast)"; what isn't told is as in `defaults`. Fault.UnknownName for another
    /// model or word, BadSetting for two words of one kind.
    let parseSpec (text: string) : Result<GarchSpec, Fault> = parseSpecWith [] text

    /// Names of the parameters in the order of every array of estimates: mean, variance, shapes.
    let parameterNames (spec: GarchSpec) (meanRegressors: int) (varianceRegressors: int) : string list =
        let indexed (name: string) (count: int) = [ for i in 1..count -> $"{name}[{i}]" ]
        let struct (p, q) = orders spec.Variance

        let mean =
            match spec.Mean with
            | MeanModel.Zero -> []
            | MeanModel.Constant -> [ "mu" ]
            | MeanModel.Ar lags -> "mu" :: indexed "ar" lags
            | MeanModel.Har spans -> "mu" :: [ for span in spans -> $"har[{span}]" ]

        let variance =
            match spec.Variance with
            | VarianceModel.Garch _ -> "omega" :: indexed "alpha" p @ indexed "beta" q
            | VarianceModel.Gjr _
            | VarianceModel.Tarch _
            | VarianceModel.Egarch _ -> "omega" :: indexed "alpha" p @ indexed "gamma" p @ indexed "beta" q
            | VarianceModel.Aparch _ ->
                "omega" :: indexed "alpha" p
                @ indexed "gamma" p
                @ indexed "beta" q
                @ [ "delta" ]
            | VarianceModel.Figarch _ -> [ "omega"; "phi"; "d"; "beta" ]
            | VarianceModel.Component -> [ "omega"; "rho"; "phi"; "alpha"; "beta" ]

        mean
        @ indexed "x" meanRegressors
        @ variance
        @ indexed "pi" varianceRegressors
        @ (match spec.Innovation with
           | Innovation.SkewedT -> [ "eta"; "lambda" ]
           | other -> Innovation.shapeNames other)

    /// Whether the recursion of the variance has a place for regressors: all but FIGARCH's and the component model's.
    let takesRegressors (spec: GarchSpec) : bool =
        not (spec.Variance.IsFigarch || spec.Variance.IsComponent)

    /// Returns that the mean looks back on; the fit starts after them.
    let lookBack (spec: GarchSpec) : int =
        match spec.Mean with
        | MeanModel.Zero
        | MeanModel.Constant -> 0
        | MeanModel.Ar lags -> lags
        | MeanModel.Har spans -> List.max spans

    /// Ok when orders, spans and the start are sound.
    let check (spec: GarchSpec) : Result<GarchSpec, Fault> =
        let struct (p, q) = orders spec.Variance

        let rule field condition text found =
            Checked.require (Fault.BadSetting(field, text, found)) condition

        Checked.all
            [
                rule
                    "orders"
                    (p >= 1 && q >= 0 && q <= 20 && (p <= 20 || spec.Variance.IsFigarch && p <= 5000))
                    "must be 1..20 for e and 0..20 for the variance, FIGARCH's 1..5000"
                    $"{p},{q}"
                (match spec.Mean with
                 | MeanModel.Ar lags -> rule "lags" (lags >= 1 && lags <= 100) "must be 1..100" (string lags)
                 | MeanModel.Har spans ->
                     rule
                         "spans"
                         (not spans.IsEmpty
                          && List.distinct spans = spans
                          && List.forall (fun span -> span >= 1 && span <= 250) spans)
                         "must be different and 1..250"
                         (String.Join(",", spans))
                 | _ -> Ok())
                (match spec.Start, spec.Variance with
                 | VarianceStart.Fixed value, _ ->
                     rule "start" (value > 0.0 && Double.IsFinite value) "must be positive and finite" (string value)
                 | VarianceStart.Unconditional,
                   (VarianceModel.Tarch _ | VarianceModel.Aparch _ | VarianceModel.Figarch _) ->
                     rule "start" false "must be mean-square, backcast or fixed for this model" "unconditional"
                 | _ -> Ok())
            ]
        |> Result.map (fun () -> spec)

/// Where each parameter of a Realized GARCH stands, between which bounds it is searched, and how it follows the units of the
/// data. Knows no data.
namespace VolatilityForge

/// Places of the parameters.
[<RequireQualifiedAccess>]
module internal RealizedLayout =

    let mean (spec: RealizedGarchSpec) : int = if spec.ConstantMean then 1 else 0
    let gamma (spec: RealizedGarchSpec) : int = mean spec + 1
    let beta (spec: RealizedGarchSpec) : int = gamma spec + spec.MeasureLags
    let xi (spec: RealizedGarchSpec) : int = beta spec + spec.VarianceLags

    let private sum (first: int) (count: int) (theta: float[]) : float =
        Array.sub theta first count |> Array.sum

    let gammas (spec: RealizedGarchSpec) (theta: float[]) : float = sum (gamma spec) spec.MeasureLags theta
    let betas (spec: RealizedGarchSpec) (theta: float[]) : float = sum (beta spec) spec.VarianceLags theta

    /// Parameters for returns and a measure multiplied by these.
    let rescale (spec: RealizedGarchSpec) (returns: float) (measure: float) (theta: float[]) : float[] =
        let scaled = Array.copy theta
        let m, atXi = mean spec, xi spec
        let square = returns * returns

        if m = 1 then
            scaled[0] <- theta[0] * returns

        match spec.Form with
        | RealizedForm.LogLinear ->
            let byReturns, byMeasure = log square, log measure

            scaled[m] <- theta[m] + (1.0 - betas spec theta) * byReturns - gammas spec theta * byMeasure

            scaled[atXi] <- theta[atXi] + byMeasure - theta[atXi + 1] * byReturns

            if spec.Start = RealizedStart.Estimated then
                scaled[atXi + 5] <- theta[atXi + 5] + byReturns
        | RealizedForm.Linear ->
            scaled[m] <- theta[m] * square

            for i in 0 .. spec.MeasureLags - 1 do
                scaled[gamma spec + i] <- theta[gamma spec + i] * square / measure

            scaled[atXi] <- theta[atXi] * measure
            scaled[atXi + 1] <- theta[atXi + 1] * measure / square
            scaled[atXi + 2] <- theta[atXi + 2] * measure
            scaled[atXi + 3] <- theta[atXi + 3] * measure
            scaled[atXi + 4] <- theta[atXi + 4] * measure * measure

            if spec.Start = RealizedStart.Estimated then
                scaled[atXi + 5] <- theta[atXi + 5] * square

        scaled

    /// Smallest and largest inner value of each parameter.
    let bounds (spec: RealizedGarchSpec) : struct (float[] * float[]) =
        let logarithms = spec.Form = RealizedForm.LogLinear

        let all: (float * float) list =
            [
                yield! List.replicate (mean spec) (-infinity, infinity)
                (if logarithms then (-30.0, 30.0) else (-10.0, 100.0))
                yield! List.replicate spec.MeasureLags (-10.0, 10.0)
                yield! List.replicate spec.VarianceLags ((if logarithms then -0.9999 else 0.0), 0.9999)
                (-100.0, 100.0)
                (-50.0, 50.0)
                (-100.0, 100.0)
                (-100.0, 100.0)
                (1e-8, 1e4)
                match spec.Start, spec.Form with
                | RealizedStart.Sample, _ -> ()
                | RealizedStart.Estimated, RealizedForm.LogLinear -> (-30.0, 30.0)
                | RealizedStart.Estimated, RealizedForm.Linear -> (1e-6, 1e4)
            ]

        struct (all |> List.map fst |> List.toArray, all |> List.map snd |> List.toArray)

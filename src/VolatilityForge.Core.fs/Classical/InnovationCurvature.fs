/// Log densities of residuals with their second derivatives. Knows no variance model.
namespace VolatilityForge

open System

/// The densities of `Innovation.score`, in jets.
[<RequireQualifiedAccess>]
module internal InnovationCurvature =

    let private halfLog2Pi = 0.5 * log (2.0 * Math.PI)

    /// The logarithm of the constant of a t density of unit variance.
    let private logConstant (nu: Jet) : Jet =
        Jet.LogGamma(0.5 * (nu + 1.0))
        - Jet.LogGamma(0.5 * nu)
        - 0.5 * Jet.Log(Math.PI * (nu - 2.0))

    /// Log density of a residual and a variance; what depends on shapes alone is worked out once.
    let density (innovation: Innovation) (shapes: Jet[]) : Jet -> Jet -> Jet =
        match innovation with
        | Innovation.Normal -> fun e h -> -0.5 * (Jet.Log h + Jet.Square e / h) - halfLog2Pi
        | Innovation.StudentT ->
            let nu = shapes[0]
            let constant, freedom, half = logConstant nu, nu - 2.0, -0.5 * (nu + 1.0)

            fun e h -> constant - 0.5 * Jet.Log h + half * Jet.Log(Jet.Square e / (h * freedom) + 1.0)
        | Innovation.SkewedT ->
            let eta, lambda = shapes[0], shapes[1]
            let logC, freedom = logConstant eta, eta - 2.0
            let a = 4.0 * lambda * Jet.Exp logC * freedom / (eta - 1.0)
            let b = Jet.Root(3.0 * Jet.Square lambda - Jet.Square a + 1.0)
            let constant, half = Jet.Log b + logC, -0.5 * (eta + 1.0)

            fun e h ->
                let w = b * e / Jet.Root h + a
                let side = (if w.Value < 0.0 then -lambda else lambda) + 1.0

                constant - 0.5 * Jet.Log h
                + half * Jet.Log(Jet.Square(w / side) / freedom + 1.0)
        | Innovation.Ged ->
            let nu = shapes[0]
            let inverse = Jet.Inverse nu

            let logScale =
                0.5
                * (-2.0 * log 2.0 * inverse + Jet.LogGamma inverse - Jet.LogGamma(3.0 * inverse))

            let constant =
                Jet.Log nu - logScale - log 2.0 * (inverse + 1.0) - Jet.LogGamma inverse

            fun e h ->
                let logH = Jet.Log h

                if e.Value = 0.0 then
                    constant - 0.5 * logH
                else
                    let logRatio = Jet.Log(Jet.Size e) - 0.5 * logH - logScale
                    constant - 0.5 * Jet.Exp(nu * logRatio) - 0.5 * logH

/// Features of one option per row: moneyness, implied volatility, derivatives. Knows no chain.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Definitions. Column right is 1 for calls and -1 for puts, years is the time to expiry, discount the price of one at expiry.
/// A year is a pure number here: volatilities per root year, theta and charm per year carry no unit of time.
[<RequireQualifiedAccess>]
module OptionFeatures =

    let private define (name: string) (source: string) (summary: string) : FeatureDefinition =
        Feature.define name FeatureFamily.Options source summary

    let private moneynessRoles =
        [
            Define.price "forward"
            Define.price "strike"
            Define.number "years"
            Define.number "atm_volatility"
        ]

    /// A calendar day: options don't get closer to expiry than this.
    let private floors =
        [
            Feature.realSetting "least-years" 1e-6 1.0 (1.0 / 365.0)
            Feature.realSetting "least-volatility" 1e-6 1.0 0.01
        ]

    let inline private standardised
        (spec: FeatureSpec)
        ([<InlineIfLambda>] value: Lanes -> Lanes -> Lanes -> Lanes)
        : FeatureKernel =
        let leastYears = FeatureSpec.setting "least-years" spec
        let leastVolatility = FeatureSpec.setting "least-volatility" spec

        Elementwise.four (fun forward strike years volatility ->
            let root = Vector512.Sqrt(Vector512.Max(years, Lanes.all leastYears))
            let deviation = Vector512.Max(volatility, Lanes.all leastVolatility) * root
            value (LaneMath.logRatio strike forward / deviation) deviation root)

    let inline private density (x: Lanes) : Lanes =
        LaneMath.exp (x * x * -0.5) / Math.Sqrt(2.0 * Math.PI)

    /// Moneyness in standard deviations.
    let standardisedMoneyness: FeatureDefinition =
        { define
              "standardised-moneyness"
              "Carr and Wu 2003, section 2"
              "m = ln(strike / forward) / (atm_volatility sqrt(years)), both floored; the option's own volatility would be circular" with
            Roles = moneynessRoles
            Settings = floors
            Outputs = Define.output "standardised_moneyness" FeatureUnit.one
            Mends = true
            Kernel = fun spec _ -> standardised spec (fun moneyness _ _ -> moneyness)
        }

    /// The shape of vega over moneyness.
    let vegaProxy: FeatureDefinition =
        { define
              "vega-proxy"
              "Black-Scholes vega with d1 replaced by -m and divided by the discounted forward"
              "phi(m) sqrt(years): a proxy, exact only as the deviation goes to 0" with
            Roles = moneynessRoles
            Settings = floors
            Outputs = Define.output "vega_proxy" FeatureUnit.one
            Mends = true
            Kernel = fun spec _ -> standardised spec (fun moneyness _ root -> density moneyness * root)
        }

    /// The shape of gamma over moneyness.
    let gammaProxy: FeatureDefinition =
        { define
              "gamma-proxy"
              "Black-Scholes gamma with d1 replaced by -m, times the spot"
              "phi(m) / (atm_volatility sqrt(years)): a proxy, exact only as the deviation goes to 0" with
            Roles = moneynessRoles
            Settings = floors
            Outputs = Define.output "gamma_proxy" FeatureUnit.one
            Mends = true
            Kernel = fun spec _ -> standardised spec (fun moneyness deviation _ -> density moneyness / deviation)
        }

    /// Whether a code of the column right is one.
    let inline private isRight (code: float) : bool = code = 1.0 || code = -1.0

    let inline private right (code: float) : OptionRight =
        if code < 0.0 then OptionRight.Put else OptionRight.Call

    /// `ImpliedVolatility.ofUndiscounted` where `BlackLanes` has a value; NaN elsewhere and for what is no right.
    let private usualVolatility
        (price: Lanes)
        (forward: Lanes)
        (strike: Lanes)
        (years: Lanes)
        (code: Lanes)
        (discount: Lanes)
        : Lanes =
        let intrinsic = Vector512.Max((forward - strike) * code, Lanes.Zero)
        let distance = Vector512.Abs(LaneMath.logRatio forward strike)
        let scaled = (price / discount - intrinsic) / Vector512.Sqrt(forward * strike)
        let volatility = BlackLanes.deviation distance scaled / Vector512.Sqrt years

        // Of two negative prices the quotient and the product are those of usual ones.
        let told =
            Vector512.Equals(Vector512.Abs code, Lanes.One)
            &&& Vector512.GreaterThan(Vector512.Min(forward, strike), Lanes.Zero)

        Lanes.where told volatility (Lanes.all nan)

    /// The volatility implied by a price.
    let impliedVolatility: FeatureDefinition =
        { define
              "implied-volatility"
              "Black 1976, equation 16, inverted"
              "volatility per root year at which Black's formula gives the price; NaN outside the no-arbitrage bounds and for a right that is neither 1 nor -1" with
            Roles =
                [
                    Define.price "price"
                    Define.price "forward"
                    Define.price "strike"
                    Define.number "years"
                    Define.number "right"
                    Define.number "discount"
                ]
            Outputs = Define.output "implied_volatility" FeatureUnit.one
            Kernel =
                fun _ _ rows outputs ->
                    let price, forward, strike = rows.Columns[0], rows.Columns[1], rows.Columns[2]
                    let years, code, discount = rows.Columns[3], rows.Columns[4], rows.Columns[5]
                    let output = outputs[0]

                    for column in rows.Columns do
                        Lanes.reach rows.First rows.Last column

                    // Rare cases: every row gets its value by itself, so that it doesn't depend on the rows beside it.
                    let alone (row: int) =
                        if isRight code[row] then
                            ImpliedVolatility.ofUndiscounted
                                (right code[row])
                                forward[row]
                                strike[row]
                                years[row]
                                (price[row] / discount[row])
                        else
                            nan

                    Lanes.reach rows.First rows.Last output

                    Lanes.over
                        rows.First
                        rows.Last
                        (fun row ->
                            let found =
                                usualVolatility
                                    (Lanes.load price row)
                                    (Lanes.load forward row)
                                    (Lanes.load strike row)
                                    (Lanes.load years row)
                                    (Lanes.load code row)
                                    (Lanes.load discount row)

                            Lanes.store output row found

                            if not (Vector512.EqualsAll(found, found)) then
                                for row in row .. row + Lanes.Width - 1 do
                                    if Double.IsNaN output[row] then
                                        output[row] <- alone row)
                        (fun row ->
                            output[row] <-
                                Lanes.first (
                                    usualVolatility
                                        (Lanes.all price[row])
                                        (Lanes.all forward[row])
                                        (Lanes.all strike[row])
                                        (Lanes.all years[row])
                                        (Lanes.all code[row])
                                        (Lanes.all discount[row])
                                )

                            if Double.IsNaN output[row] then
                                output[row] <- alone row)
        }

    let private derivatives: (string * FeatureUnit * (Greeks -> float)) list =
        let perPrice = FeatureUnit.power -1.0 FeatureUnit.price

        [
            "delta", FeatureUnit.one, _.Delta
            "gamma", perPrice, _.Gamma
            "vega", FeatureUnit.price, _.Vega
            "theta", FeatureUnit.price, _.Theta
            "rho", FeatureUnit.price, _.Rho
            "vanna", FeatureUnit.one, _.Vanna
            "volga", FeatureUnit.price, _.Volga
            "charm", FeatureUnit.one, _.Charm
        ]

    /// The price's derivatives.
    let greeks: FeatureDefinition =
        { define
              "greeks"
              "Black and Scholes 1973; Merton 1973; Haug 2007, chapter 2"
              "delta, gamma, vega, theta, rho, vanna, volga, charm at the volatility; rate and yield are those of discount and forward; per 1.00 of volatility and rate, per year; NaN for a right that is neither 1 nor -1" with
            Roles =
                [
                    Define.price "underlying"
                    Define.price "forward"
                    Define.price "strike"
                    Define.number "years"
                    Define.number "right"
                    Define.number "volatility"
                    Define.number "discount"
                ]
            Outputs =
                fun _ _ ->
                    [
                        for name, unit', _ in derivatives do
                            { Name = name; Unit = Some unit' }
                    ]
            Kernel =
                fun _ _ rows outputs ->
                    let spot, forward, strike = rows.Columns[0], rows.Columns[1], rows.Columns[2]
                    let years, code = rows.Columns[3], rows.Columns[4]
                    let volatility, discount = rows.Columns[5], rows.Columns[6]
                    let readers = derivatives |> List.map (fun (_, _, read) -> read) |> Array.ofList

                    for row in rows.First .. rows.Last do
                        let rate = -Math.Log discount[row] / years[row]

                        let terms =
                            {
                                Right = right code[row]
                                Spot = spot[row]
                                Strike = strike[row]
                                Years = years[row]
                                Rate = rate
                                Yield = rate - Math.Log(forward[row] / spot[row]) / years[row]
                            }

                        let greeks = BlackScholes.greeks volatility[row] terms

                        for output in 0 .. outputs.Length - 1 do
                            outputs[output][row] <- if isRight code[row] then readers[output] greeks else nan
        }

    /// Every feature of this module.
    let all: FeatureDefinition list =
        [ standardisedMoneyness; vegaProxy; gammaProxy; impliedVolatility; greeks ]

/// Which runs have parts that fit together: library, settings, data. Reads no file.
namespace VolatilityForge

open System
open System.Security.Cryptography
open System.Runtime.InteropServices
open System.Text
open System.Text.Json

/// What two runs have in common whose parts fit together.
type ExperimentIdentity =
    {
        /// Of the library.
        Version: string
        /// The settings as JSON.
        Settings: string
        /// SHA-256 of every day and measure of every symbol.
        Data: string
    }

    /// A short name of all three.
    member identity.Key: string =
        let text = String.Join("\n", identity.Version, identity.Settings, identity.Data)
        (text |> Encoding.UTF8.GetBytes |> SHA256.HashData |> Convert.ToHexStringLower).Substring(0, 16)

/// Identities of runs.
[<RequireQualifiedAccess>]
module ExperimentIdentity =

    /// SHA-256 of histories: symbols, dates, variances, returns, scored days, measures by name.
    let dataOf (histories: History list) : string =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        let text (value: string) =
            let bytes = Encoding.UTF8.GetBytes value
            hash.AppendData(BitConverter.GetBytes bytes.Length)
            hash.AppendData bytes

        let floats (values: float[]) =
            hash.AppendData(MemoryMarshal.AsBytes(ReadOnlySpan values))

        for history in histories do
            text history.Symbol
            text (string history.Dates.Length)

            for date in history.Dates do
                hash.AppendData(BitConverter.GetBytes date.DayNumber)

            history.Variance |> Array.map Units.strip |> floats
            floats history.Returns
            history.Scored |> Array.map Convert.ToByte |> hash.AppendData

            for KeyValue(name, values) in history.Measures do
                text name
                floats values

        Convert.ToHexStringLower(hash.GetHashAndReset())

    /// The identity of a run of this version of the library.
    let ofRun (config: ExperimentConfig) (histories: History list) : ExperimentIdentity =
        {
            Version = typeof<ExperimentIdentity>.Assembly.GetName().Version.ToString 3
            Settings = (ConfigJson.toNode config).ToJsonString()
            Data = dataOf histories
        }

    let private fields (settings: string) : Map<string, string> =
        use document = JsonDocument.Parse settings

        Map
            [
                for entry in document.RootElement.EnumerateObject() -> entry.Name, entry.Value.GetRawText()
            ]

    /// In which respects another run differs, in words; empty where their parts fit together.
    let differences (one: ExperimentIdentity) (other: ExperimentIdentity) : string list =
        [
            if one.Version <> other.Version then
                $"another version ({other.Version}, not {one.Version})"
            if one.Settings <> other.Settings then
                let left, right = fields one.Settings, fields other.Settings

                let names =
                    [
                        for name in Seq.append left.Keys right.Keys |> Seq.distinct do
                            if left.TryFind name <> right.TryFind name then
                                name
                    ]

                let list = String.Join(", ", names)
                $"other settings ({list})"
            if one.Data <> other.Data then
                "other data"
        ]

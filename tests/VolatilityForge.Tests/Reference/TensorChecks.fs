/// Tensors in tests: drawn from a seed, compared with arrays, differentiated by differences, read from golden files.
module VolatilityForge.Tests.TensorChecks

open System
open System.IO
open System.Text.Json
open Expecto
open TorchSharp
open VolatilityForge

/// Runs a test's body and frees its tensors.
let scoped (body: unit -> unit) : unit -> unit = fun () -> Scope.run body

/// Standard normal numbers that depend on the name alone.
let normals (name: string) (count: int) : float[] =
    let struct (drawn, _) = Rng.ofSeed 1L |> Rng.split name |> Rng.normals count
    drawn

/// Standard normal numbers of a shape, as a grid.
let grid (name: string) (shape: int list) : Naive.Grid =
    {
        Shape = Array.ofList shape
        Values = normals name (List.fold (*) 1 shape)
    }

/// A float64 tensor of a grid.
let tensor (grid: Naive.Grid) : Tensor =
    Ops.ofDoubles (Array.map int64 grid.Shape) grid.Values

/// A float64 tensor of standard normal numbers.
let draw (name: string) (shape: int list) : Tensor = tensor (grid name shape)

/// The bits of a tensor's values in float64.
let bits (tensor: Tensor) : int64[] =
    Ops.toDoubles tensor |> Array.map BitConverter.DoubleToInt64Bits

/// Fails unless shape and values agree, values to a share of the largest one.
let near (share: float) (actual: Tensor) (shape: int64[]) (expected: float[]) (message: string) : unit =
    Expect.equal actual.shape shape $"{message}: the shape"
    let found = Ops.toDoubles actual
    let largest = expected |> Array.fold (fun most value -> max most (abs value)) 1e-300

    for index in 0 .. found.Length - 1 do
        // Written so that NaN fails.
        if not (abs (found[index] - expected[index]) <= share * largest) then
            failtest $"{message}: element {index} must be {expected[index]:R}; it is {found[index]:R}"

/// As near, with a grid.
let nearGrid (share: float) (actual: Tensor) (expected: Naive.Grid) (message: string) : unit =
    near share actual (Array.map int64 expected.Shape) expected.Values message

/// As near, with a tensor.
let nearTensor (share: float) (actual: Tensor) (expected: Tensor) (message: string) : unit =
    near share actual expected.shape (Ops.toDoubles expected) message

/// The BadShape that a body raises, as (operation, axis, expected, found).
let badShape (body: unit -> Tensor) : string * string * string * string =
    match Fault.catch (fun () -> Scope.run (fun () -> (body ()).shape)) with
    | Error(Fault.BadShape(operation, axis, expected, found)) -> operation, axis, expected, found
    | Error other -> failtest $"another fault: {other}"
    | Ok shape -> failtest $"no fault; the result has the shape %A{shape}"

/// Fails unless autograd's gradients of a fixed combination of the function's elements are central differences.
/// Inputs are float64 and named; every element of each is moved.
let checkGradients (f: Tensor[] -> Tensor) (inputs: (string * Tensor) list) : unit =
    GradientCheck.demand GradientCheck.standard f inputs

/// A case of a golden file: numbers by name, tensors by name.
type GoldenCase =
    {
        Settings: Map<string, float>
        Tensors: Map<string, Naive.Grid>
    }

    /// A tensor of the case in float64.
    member case.Tensor(name: string) : Tensor = tensor case.Tensors[name]

    /// A boolean tensor of the case.
    member case.Mask(name: string) : Tensor = (case.Tensor name).ne((0.0).ToScalar())

    /// The tensors whose names start with a prefix, without it.
    member case.Under(prefix: string) : Map<string, Naive.Grid> =
        case.Tensors
        |> Map.toSeq
        |> Seq.filter (fun (name, _) -> name.StartsWith(prefix, StringComparison.Ordinal))
        |> Seq.map (fun (name, values) -> name.Substring prefix.Length, values)
        |> Map.ofSeq

/// The cases of a golden file.
let goldenFile (place: string) : Lazy<Map<string, GoldenCase>> =
    lazy
        (let path = Expect.wantSome (Market.repositoryFile place) "the golden file"

         use document = JsonDocument.Parse(File.ReadAllText path)

         let numbers (element: JsonElement) =
             [| for each in element.EnumerateArray() -> each.GetDouble() |]

         let setting (element: JsonElement) : float =
             match element.ValueKind with
             | JsonValueKind.True -> 1.0
             | JsonValueKind.False -> 0.0
             | _ -> element.GetDouble()

         let grid (element: JsonElement) : Naive.Grid =
             {
                 Shape =
                     [|
                         for each in element.GetProperty("shape").EnumerateArray() -> each.GetInt32()
                     |]
                 Values = numbers (element.GetProperty "values")
             }

         let mapOf (read: JsonElement -> 'a) (element: JsonElement) : Map<string, 'a> =
             Map
                 [
                     for property in element.EnumerateObject() -> property.Name, read property.Value
                 ]

         document.RootElement.GetProperty "cases"
         |> mapOf (fun case ->
             {
                 Settings = mapOf setting (case.GetProperty "settings")
                 Tensors = mapOf grid (case.GetProperty "tensors")
             }))

/// The cases of tests/golden/kernels.json.
let goldenKernels: Lazy<Map<string, GoldenCase>> =
    goldenFile "tests/golden/kernels.json"

/// The cases of tests/golden/optimisers.json.
let goldenOptimisers: Lazy<Map<string, GoldenCase>> =
    goldenFile "tests/golden/optimisers.json"

/// Two float64 sums of up to about a hundred terms in different orders.
let roundingShare = 1e-13

/// float32 kernels on values of size 1, with sums of about ten terms.
let singleShare = 1e-5

/// bfloat16 keeps 8 bits: three roundings or so in a row.
let halfShare = 3e-2

/// The tensor in float32.
let single (x: Tensor) : Tensor = Ops.cast torch.ScalarType.Float32 x

/// The tensor in bfloat16.
let half (x: Tensor) : Tensor = Ops.cast torch.ScalarType.BFloat16 x

/// The kernel in float64 against a golden result, in float32 more loosely, in bfloat16 roughly.
let precisions (kernel: (Tensor -> Tensor) -> Tensor) (expected: Tensor) : unit =
    nearTensor roundingShare (kernel id) expected "float64"
    nearTensor singleShare (kernel single) expected "float32"
    let rough = kernel half
    Expect.equal rough.dtype torch.ScalarType.BFloat16 "bfloat16 stays bfloat16"
    nearTensor halfShare rough expected "bfloat16"

/// A case of the golden kernels.
let golden (name: string) : GoldenCase = goldenKernels.Value[name]

/// The boolean mask of (queries, keys) that a function describes.
let maskOf (queries: int) (keys: int) (reads: int -> int -> bool) : Tensor =
    (tensor (Naive.create [ queries; keys ] (fun place -> if reads place[0] place[1] then 1.0 else 0.0)))
        .ne((0.0).ToScalar())

/// Rotation tables in float64.
let table (time: int) (width: int) : RotaryTable =
    Rotary.table torch.ScalarType.Float64 torch.CPU (int64 time) (int64 width)

/// Tensors alive once those of networks that nobody holds any more are gone, which else go whenever the collector runs.
let liveTensors () : int64 =
    System.GC.Collect()
    System.GC.WaitForPendingFinalizers()
    Scope.liveCount ()

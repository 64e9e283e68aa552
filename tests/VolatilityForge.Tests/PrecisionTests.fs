/// What is cast and what stays wide, and networks in half precision.
module VolatilityForge.Tests.PrecisionTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private bfloat16 = torch.ScalarType.BFloat16

let private casting =
    testList
        "casting"
        [
            testCase "keeps the gains of norms and casts every other weight"
            <| scoped (fun () ->
                for name in Transformer.names Networks.tiny |> Transformer.toArray do
                    let cast =
                        Precision.weight Precision.BFloat16 Precision.keepNorms name (torch.ones [| 3L |])

                    let kept = [ "blocks.0.attention_norm"; "blocks.0.feed_forward_norm"; "norm" ]

                    Expect.equal
                        cast.dtype
                        (if List.contains name kept then
                             torch.ScalarType.Float32
                         else
                             bfloat16)
                        name)

            testCase "float32 casts nothing, so that float64 stays float64"
            <| scoped (fun () ->
                let leaf = draw "leaf" [ 3 ]
                let cast = Precision.weight Precision.Float32 (fun _ -> false) "leaf" leaf
                Expect.isTrue (obj.ReferenceEquals(cast, leaf)) "the tensor itself"
                Expect.isTrue (obj.ReferenceEquals(Precision.input Precision.Float32 leaf, leaf)) "the input too")

            testCase "a gradient flows back to the wide weight"
            <| scoped (fun () ->
                for precision in [ Precision.BFloat16; Precision.Float16 ] do
                    let leaf = (torch.ones [| 3L |]).requires_grad_()
                    let read = Precision.weight precision Precision.keepNorms "leaf" leaf
                    Expect.equal read.dtype (Precision.dtype precision) "cast"
                    let gradient = Gradient.ofLoss [| leaf |] ((Precision.output read).sum())
                    Expect.equal gradient.dtype torch.ScalarType.Float32 "wide"
                    Expect.equal (Ops.toArray gradient) [| 1.0f; 1.0f; 1.0f |] "the gradient")

            testCase "names go there and back"
            <| fun () ->
                for name, precision in Precision.known do
                    Expect.equal (Precision.ofName name) (Ok precision) name
                    Expect.equal (Precision.toName precision) name name

                match Precision.ofName "bfloat" with
                | Error(Fault.UnknownName("precision", "bfloat", [ "float32"; "bfloat16"; "float16" ])) -> ()
                | other -> failtest $"{other}"
        ]

let private create (precision: Precision) : VolatilityTransformer =
    VolatilityTransformer.Create(3, Networks.tiny, precision, torch.CPU, Rng.ofSeed 5L)

let private computing =
    testList
        "networks"
        [
            testCase "answers are float32 and near float32's, weights stay float32"
            <| scoped (fun () ->
                let weights =
                    Networks.drawn 3 Networks.tiny |> Transformer.map single |> Transformer.toArray

                let answer precision =
                    let network = VolatilityTransformer.OfLeaves(Networks.tiny, precision, weights)
                    Scope.one (fun () -> network.Forward(single (draw "input" [ 7; 5; 3 ]), None))

                let full, half = answer Precision.Float32, answer Precision.BFloat16
                Expect.equal half.dtype torch.ScalarType.Float32 "the answer"
                nearTensor halfShare half full "near"
                Expect.notEqual (bits half) (bits full) "but rounded")

            testCase "a precision the engine can't compute in is a fault that names another"
            <| scoped (fun () ->
                for _, precision in Precision.known do
                    match Precision.check precision torch.CPU with
                    | Ok _ -> create precision |> ignore
                    | Error(Fault.NotComputable(what, _, remedy)) ->
                        Expect.stringContains what (Precision.toName precision) "which"
                        Expect.stringContains remedy "bfloat16" "the remedy"

                        Expect.throwsT<VolatilityForgeException> (fun () -> create precision |> ignore) "made nowhere"
                    | Error other -> failtest $"{other}"

                Expect.isOk (Precision.check Precision.Float32 torch.CPU) "float32"
                Expect.isOk (Precision.check Precision.BFloat16 torch.CPU) "bfloat16")

            testCase "libtorch 1.13 has no float16 products on CPU"
            <| fun () ->
                if torch.__version__.StartsWith("1.13", System.StringComparison.Ordinal) then
                    Expect.isError (Precision.check Precision.Float16 torch.CPU) "float16"
                else
                    skiptest "another libtorch"
        ]

[<Tests>]
let suite = testList "Precision" [ casting; computing ] |> Needs.tensors

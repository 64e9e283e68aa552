/// Kernels as loops over plain arrays, written from the papers: what the tensor kernels must agree with. Knows no tensor.
[<RequireQualifiedAccess>]
module VolatilityForge.Tests.Naive

open System
open System.Collections.Generic

/// Numbers with a shape, row-major.
type Grid =
    {
        Shape: int[]
        Values: float[]
    }

    member private grid.Offset(index: int[]) : int =
        Array.fold2 (fun offset extent place -> offset * extent + place) 0 grid.Shape index

    /// The number at a place, one coordinate per axis.
    member grid.Item
        with get (index: int[]): float = grid.Values[grid.Offset index]
        and set (index: int[]) (value: float) = grid.Values[grid.Offset index] <- value

let zeros (shape: int list) : Grid =
    {
        Shape = Array.ofList shape
        Values = Array.zeroCreate (List.fold (*) 1 shape)
    }

/// Every place of a shape, the last axis fastest.
let rec places (shape: int list) : int list seq =
    match shape with
    | [] -> Seq.singleton []
    | extent :: rest ->
        seq {
            for first in 0 .. extent - 1 do
                for others in places rest do
                    yield first :: others
        }

/// A grid by a function of the place.
let create (shape: int list) (f: int[] -> float) : Grid =
    let grid = zeros shape

    for place in places shape do
        let place = Array.ofList place
        grid[place] <- f place

    grid

/// The sum over all letters that the output lacks of the product of the operands.
let einsum (equation: string) (operands: Grid list) : Grid =
    let sides = equation.Split "->"
    let terms = sides[0].Split ','
    let extents = Dictionary<char, int>()

    for term, operand in Seq.zip terms operands do
        Seq.iteri (fun axis letter -> extents[letter] <- operand.Shape[axis]) term

    let output = Array.ofSeq sides[1]
    let summed = extents.Keys |> Seq.except output |> Array.ofSeq
    let result = zeros [ for letter in output -> extents[letter] ]
    let letters = Array.append output summed

    for place in places [ for letter in letters -> extents[letter] ] do
        let at = Seq.zip letters place |> dict
        let index (term: seq<char>) = [| for letter in term -> at[letter] |]

        let product =
            Seq.fold2 (fun product term (operand: Grid) -> product * operand[index term]) 1.0 terms operands

        result[index output] <- result[index output] + product

    result

/// Shares of the keys that one query reads, by their scores; all 0 when it reads none.
let private shares (scores: float option[]) : float[] =
    let highest = scores |> Array.choose id |> Array.fold max -infinity

    let weights =
        scores
        |> Array.map (fun score ->
            match score with
            | Some score -> exp (score - highest)
            | None -> 0.0)

    let total = Array.sum weights
    weights |> Array.map (fun weight -> if total = 0.0 then 0.0 else weight / total)

/// Grouped-query attention on (batch, heads, queries, head) and (batch, kvHeads, keys, head): query head i reads key
/// head floor(i kvHeads / heads). reads: may this query see this key.
let groupedQuery (reads: int -> int -> bool) (scale: float) (query: Grid) (key: Grid) (value: Grid) : Grid =
    let heads, width = query.Shape[1], query.Shape[3]
    let kvHeads, keys = key.Shape[1], key.Shape[2]
    let result = zeros (List.ofArray query.Shape)

    for batch in 0 .. query.Shape[0] - 1 do
        for head in 0 .. heads - 1 do
            let kv = head * kvHeads / heads

            for i in 0 .. query.Shape[2] - 1 do
                let scores =
                    Array.init keys (fun j ->
                        if reads i j then
                            let mutable product = 0.0

                            for d in 0 .. width - 1 do
                                product <- product + query[[| batch; head; i; d |]] * key[[| batch; kv; j; d |]]

                            Some(scale * product)
                        else
                            None)

                let weights = shares scores

                for d in 0 .. width - 1 do
                    let mutable mixed = 0.0

                    for j in 0 .. keys - 1 do
                        mixed <- mixed + weights[j] * value[[| batch; kv; j; d |]]

                    result[[| batch; head; i; d |]] <- mixed

    result

/// Scaled dot-product attention: as many key heads as query heads.
let attention (reads: int -> int -> bool) (scale: float) (query: Grid) (key: Grid) (value: Grid) : Grid =
    groupedQuery reads scale query key value

/// gain x / sqrt(mean x^2 + epsilon) over the last of three axes.
let rmsNorm (epsilon: float) (gain: float[]) (x: Grid) : Grid =
    let width = x.Shape[2]

    create (List.ofArray x.Shape) (fun place ->
        let mutable sum = 0.0

        for i in 0 .. width - 1 do
            sum <- sum + x[[| place[0]; place[1]; i |]] ** 2.0

        gain[place[2]] * x[place] / sqrt (sum / float width + epsilon))

/// (silu(x gate) * (x up)) down. x: (batch, time, model).
let swiGlu (gate: Grid) (up: Grid) (down: Grid) (x: Grid) : Grid =
    let model, hidden = gate.Shape[0], gate.Shape[1]

    let product (weights: Grid) (row: int -> float) (inputs: int) (output: int) =
        Seq.sum (seq { for i in 0 .. inputs - 1 -> row i * weights[[| i; output |]] })

    create (List.ofArray x.Shape) (fun place ->
        let row (i: int) = x[[| place[0]; place[1]; i |]]

        let gated =
            Array.init hidden (fun unit ->
                let opened = product gate row model unit
                opened / (1.0 + exp -opened) * product up row model unit)

        product down (fun unit -> gated[unit]) hidden place[2])

/// Pairs (i, i + head/2) of (batch, time, heads, head) turned by time / 10000^(2 i / head).
let rotary (x: Grid) : Grid =
    let width = x.Shape[3]
    let half = width / 2

    create (List.ofArray x.Shape) (fun place ->
        let pair = place[3] % half
        let angle = float place[1] / Math.Pow(10000.0, 2.0 * float pair / float width)

        let at (i: int) =
            x[[| place[0]; place[1]; place[2]; i |]]

        let left, right = at pair, at (pair + half)

        if place[3] < half then
            left * cos angle - right * sin angle
        else
            left * sin angle + right * cos angle)

/// The mean over time weighed by softmax(x query / sqrt model). x: (batch, time, model).
let poolAttention (query: float[]) (x: Grid) : Grid =
    let time, model = x.Shape[1], x.Shape[2]

    let weights =
        Array.init x.Shape[0] (fun batch ->
            shares (
                Array.init time (fun t ->
                    Some(
                        Seq.sum (seq { for m in 0 .. model - 1 -> x[[| batch; t; m |]] * query[m] })
                        / sqrt (float model)
                    ))
            ))

    create [ x.Shape[0]; model ] (fun place ->
        Seq.sum (seq { for t in 0 .. time - 1 -> weights[place[0]][t] * x[[| place[0]; t; place[1] |]] }))

/// The mean over time.
let poolMean (x: Grid) : Grid =
    let time = x.Shape[1]

    create [ x.Shape[0]; x.Shape[2] ] (fun place ->
        Seq.sum (seq { for t in 0 .. time - 1 -> x[[| place[0]; t; place[1] |]] })
        / float time)

/// The last time step.
let poolLast (x: Grid) : Grid =
    create [ x.Shape[0]; x.Shape[2] ] (fun place -> x[[| place[0]; x.Shape[1] - 1; place[1] |]])

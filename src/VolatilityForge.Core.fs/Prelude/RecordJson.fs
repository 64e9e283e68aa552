/// F# values as JSON and back, to the last bit: records, unions, options, lists, arrays, tuples and plain values.
/// Knows no type of the library.
namespace VolatilityForge

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes
open Microsoft.FSharp.Reflection

/// Converting by the shape of the type. A record is an object of its fields, a union case an object of one property, the
/// case, over the array of its fields; floats that JSON has no number for are text.
[<RequireQualifiedAccess>]
module RecordJson =

    let private isList (t: Type) : bool =
        t.IsGenericType && t.GetGenericTypeDefinition() = typedefof<list<_>>

    let private isOption (t: Type) : bool =
        t.IsGenericType && t.GetGenericTypeDefinition() = typedefof<option<_>>

    let private real (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            JsonValue.Create(value.ToString("R", CultureInfo.InvariantCulture))

    let rec private write (t: Type) (value: obj) : JsonNode =
        match value with
        | :? float as number -> real number
        | :? int as number -> JsonValue.Create number
        | :? int64 as number -> JsonValue.Create number
        | :? bool as flag -> JsonValue.Create flag
        | :? string as text -> JsonValue.Create text
        | :? DateOnly as date -> JsonValue.Create(date.ToString("O", CultureInfo.InvariantCulture))
        | _ when t.IsArray || isList t ->
            let item =
                if t.IsArray then
                    t.GetElementType()
                else
                    t.GetGenericArguments()[0]

            JsonArray(
                [|
                    for each in Seq.cast<obj>(value :?> Collections.IEnumerable) -> write item each
                |]
            )
        | _ when isOption t ->
            if isNull value then
                null
            else
                let _, fields = FSharpValue.GetUnionFields(value, t)
                write (t.GetGenericArguments()[0]) fields[0]
        | _ when FSharpType.IsRecord t ->
            let json = JsonObject()

            for field in FSharpType.GetRecordFields t do
                json[field.Name] <- write field.PropertyType (field.GetValue value)

            json
        | _ when FSharpType.IsUnion t ->
            let case, fields = FSharpValue.GetUnionFields(value, t)
            let json = JsonObject()

            json[case.Name] <-
                JsonArray(
                    Array.map2 (fun (at: Reflection.PropertyInfo) -> write at.PropertyType) (case.GetFields()) fields
                )

            json
        | _ when FSharpType.IsTuple t ->
            JsonArray(Array.map2 write (FSharpType.GetTupleElements t) (FSharpValue.GetTupleFields value))
        | _ -> raise (NotSupportedException $"{t} has no JSON form here")

    let private listOf (t: Type) (items: obj[]) : obj =
        let cases = FSharpType.GetUnionCases t

        let empty =
            FSharpValue.MakeUnion(cases |> Array.find (fun case -> case.Name = "Empty"), [||])

        let cons = cases |> Array.find (fun case -> case.Name = "Cons")
        Array.foldBack (fun item rest -> FSharpValue.MakeUnion(cons, [| item; rest |])) items empty

    let rec private read (t: Type) (json: JsonElement) : obj =
        let elements () =
            [| for element in json.EnumerateArray() -> element |]

        let each (types: Type[]) (items: JsonElement[]) : obj[] =
            if types.Length <> items.Length then
                raise (FormatException $"{t.Name} has {types.Length} parts; the text has {items.Length}")

            Array.map2 read types items

        if t = typeof<float> then
            if json.ValueKind = JsonValueKind.String then
                Double.Parse(json.GetString(), CultureInfo.InvariantCulture)
            else
                json.GetDouble()
        elif t = typeof<int> then
            json.GetInt32()
        elif t = typeof<int64> then
            json.GetInt64()
        elif t = typeof<bool> then
            json.GetBoolean()
        elif t = typeof<string> then
            json.GetString()
        elif t = typeof<DateOnly> then
            DateOnly.ParseExact(json.GetString(), "O", CultureInfo.InvariantCulture)
        elif t.IsArray then
            let items = elements () |> Array.map (read (t.GetElementType()))
            let typed = Array.CreateInstance(t.GetElementType(), items.Length)
            items |> Array.iteri (fun index item -> typed.SetValue(item, index))
            typed
        elif isList t then
            elements () |> Array.map (read (t.GetGenericArguments()[0])) |> listOf t
        elif isOption t then
            if json.ValueKind = JsonValueKind.Null then
                null
            else
                let some = FSharpType.GetUnionCases t |> Array.find (fun case -> case.Name = "Some")
                FSharpValue.MakeUnion(some, [| read (t.GetGenericArguments()[0]) json |])
        elif FSharpType.IsRecord t then
            FSharpValue.MakeRecord(
                t,
                [|
                    for field in FSharpType.GetRecordFields t -> read field.PropertyType (json.GetProperty field.Name)
                |]
            )
        elif FSharpType.IsUnion t then
            let entry = Seq.exactlyOne (json.EnumerateObject())

            match FSharpType.GetUnionCases t |> Array.tryFind (fun case -> case.Name = entry.Name) with
            | None -> raise (FormatException $"{t.Name} has no case {entry.Name}")
            | Some case ->
                let fields =
                    each
                        (case.GetFields() |> Array.map _.PropertyType)
                        [| for element in entry.Value.EnumerateArray() -> element |]

                FSharpValue.MakeUnion(case, fields)
        elif FSharpType.IsTuple t then
            FSharpValue.MakeTuple(each (FSharpType.GetTupleElements t) (elements ()), t)
        else
            raise (NotSupportedException $"{t} has no JSON form here")

    /// The value as JSON. Raises NotSupportedException for a type that holds anything else than the kinds above.
    let toNode (value: 'a) : JsonNode = write typeof<'a> (box value)

    /// The value of a JSON text that `toNode` gave. Raises JsonException, FormatException, InvalidOperationException,
    /// KeyNotFoundException or ArgumentException for any other text.
    let ofElement<'a> (json: JsonElement) : 'a = read typeof<'a> json :?> 'a

/// What sources call the columns of ticks. Opens nothing.
namespace VolatilityForge

/// Roles of columns that readers of ticks share.
[<RequireQualifiedAccess>]
module internal TickRoles =

    let bid =
        [
            "bid"
            "bidprice"
            "bidpx"
            "bestbid"
            "bidclose"
            "bid1"
            "bestbidprice"
            "bidprice1"
        ]

    let ask =
        [
            "ask"
            "ofr"
            "offer"
            "askprice"
            "offerprice"
            "askpx"
            "bestask"
            "askclose"
            "ask1"
            "bestoffer"
            "bestaskprice"
            "askprice1"
        ]

    let bidSize =
        [
            "bidsiz"
            "bidsize"
            "bidqty"
            "bidquantity"
            "bidvolume"
            "bestbidsize"
            "bidsize1"
        ]

    let askSize =
        [
            "ofrsiz"
            "asksiz"
            "asksize"
            "offersize"
            "askqty"
            "askquantity"
            "askvolume"
            "bestasksize"
            "asksize1"
        ]

    let price = [ "price"; "tradeprice"; "p"; "px"; "last"; "close" ]
    let size = [ "size"; "qty"; "quantity"; "volume"; "tradesize"; "amount" ]
    let exchange = [ "ex"; "exchange"; "venue"; "market" ]
    let condition = [ "cond"; "condition"; "trscond"; "salecondition"; "conditions" ]
    let correction = [ "corr"; "correction"; "trcorr" ]

    /// The name of a column of a book: "bid_2" for "bid2", "BID_PRICE_2" and the like, where level 1 has a known name; other names as they
    /// are.
    let level (name: string) : string =
        let plain = TableHeader.plain name
        let stem = plain.TrimEnd [| '0' .. '9' |]
        let digits = plain[stem.Length ..]

        let sides = [ "bid", bid; "ask", ask; "bid_size", bidSize; "ask_size", askSize ]

        match sides |> List.tryFind (fun (_, names) -> List.contains stem names) with
        | Some(side, _) when digits <> "" && digits <> "1" && digits[0] <> '0' -> $"{side}_{digits}"
        | _ -> name

    /// The header's other columns than these, of those that the options keep, as columns that may hold numbers.
    let others (options: TableOptions) (header: TableHeader) (taken: int list) : (string * int) list =
        [
            for position in 0 .. header.Fields.Length - 1 do
                let name = header.Fields[position]

                if
                    not (List.contains position taken)
                    && (options.Keep.IsEmpty || List.contains name options.Keep)
                then
                    level name, position
        ]

    /// A column in the layout of a table, when the header has it.
    let at (position: int) (entry: int -> 'a) : 'a list =
        if position >= 0 then [ entry position ] else []

    /// The next of the columns that were read, when the header had one.
    let next (position: int) (columns: byref<'a list>) : 'a option =
        if position < 0 then
            None
        else
            let first = columns.Head
            columns <- columns.Tail
            Some first

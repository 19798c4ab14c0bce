internal import Engine
internal import OCIModel

/// Shows what a push would move.
enum PushPlanOutput {
    private struct Document: Encodable {
        var destination: String
        var layers: [PushPlan.Layer]
        var moves: UInt64
    }

    /// Prints a plan as a table, or as one JSON document.
    static func print(_ plan: PushPlan, asJSON: Bool) throws {
        if asJSON {
            let document = Document(destination: plan.destination, layers: plan.layers, moves: plan.moves)
            let bytes = try CanonicalJSON.encodePretty(document)
            return try StandardOutput.write(String(decoding: bytes, as: UTF8.self) + "\n")
        }
        let rows = plan.layers.map { layer in
            [
                layer.diffID.short, size(layer.size), layer.format,
                "\((layer.compressedPermille + 5) / 10)%", layer.isCompressible ? "yes" : "no",
                layer.action == .exists ? "yes" : "no", word(layer.action), size(layer.moves),
            ]
        }
        let headers = ["LAYER", "SIZE", "FORMAT", "COMPRESSED", "COMPRESSIBLE", "THERE", "ACTION", "MOVES"]
        try StandardOutput.write(Table(header: headers, rows: rows).render())
        try StandardOutput.line("\(plan.destination): about \(size(plan.moves)) to send")
    }

    private static func size(_ bytes: UInt64) -> String { HumanSize.decimal(Int64(clamping: bytes)) }

    private static func word(_ action: PushPlan.Layer.Action) -> String {
        switch action {
        case .exists: "already there"
        case .mount: "mount"
        case .send: "send"
        case .compress: "compress, send"
        }
    }
}

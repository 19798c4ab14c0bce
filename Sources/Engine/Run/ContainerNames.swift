/// Names for containers that were given none: an adjective and a surname.
enum ContainerNames {
    private static let adjectives = [
        "admiring", "agile", "amiable", "bold", "brave", "bright", "busy", "calm", "clever", "cosmic", "curious",
        "daring", "eager", "elegant", "fervent", "focused", "gallant", "gentle", "happy", "hopeful", "jolly", "keen",
        "kind", "lively", "lucid", "merry", "modest", "nimble", "patient", "peaceful", "quiet", "quirky", "relaxed",
        "serene", "sharp", "stoic", "sweet", "tender", "trusting", "upbeat", "vibrant", "vigilant", "wise", "zealous",
    ]
    private static let surnames = [
        "babbage", "bell", "blackwell", "bohr", "boole", "borg", "chomsky", "church", "curie", "darwin", "dijkstra",
        "einstein", "engelbart", "euclid", "euler", "fermat", "feynman", "galileo", "gauss", "germain", "goedel",
        "goodall", "hamilton", "hawking", "hertz", "hinton", "hopper", "hypatia", "johnson", "kepler", "knuth",
        "lamarr",
        "lamport", "leibniz", "lovelace", "maxwell", "mccarthy", "meitner", "mirzakhani", "newton", "noether", "pascal",
        "perlman", "planck", "ramanujan", "ritchie", "shannon", "sinoussi", "tesla", "thompson", "turing", "wiles",
        "wozniak", "wright",
    ]

    /// A name; a number behind it tells it from earlier ones when `attempt` is not the first.
    static func random(attempt: Int, using generator: inout some RandomNumberGenerator) -> String {
        let adjective = adjectives[Int.random(in: 0..<adjectives.count, using: &generator)]
        let surname = surnames[Int.random(in: 0..<surnames.count, using: &generator)]
        return attempt < 2 ? "\(adjective)_\(surname)" : "\(adjective)_\(surname)\(Int.random(in: 0..<1000))"
    }

    /// An id: 64 hexadecimal digits, at least one letter among the first twelve so that no id reads as a number.
    static func newID(using generator: inout some RandomNumberGenerator) -> String {
        while true {
            var id = ""
            for _ in 0..<4 {
                let digits = String(generator.next() as UInt64, radix: 16)
                id += String(repeating: "0", count: 16 - digits.utf8.count) + digits
            }
            if id.prefix(12).contains(where: \.isLetter) { return id }
        }
    }
}

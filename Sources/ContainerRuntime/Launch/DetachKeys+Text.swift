extension DetachKeys {
    /// Reads keys as docker writes them: `ctrl-p,ctrl-q`, `a`, `ctrl-@`; an empty text is no keys at all.
    ///
    /// Nil for anything else.
    public init?(_ text: String) {
        guard !text.isEmpty else {
            self.init(bytes: [])
            return
        }
        var bytes: [UInt8] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let key = Self.key(Array(word.utf8)) else { return nil }
            bytes.append(key)
        }
        self.init(bytes: bytes)
    }

    private static func key(_ word: [UInt8]) -> UInt8? {
        if word.count == 1 { return word[0] }
        guard word.count == 6, String(decoding: word.prefix(5), as: UTF8.self).lowercased() == "ctrl-" else {
            return nil
        }
        // A terminal sends for ctrl and a key what is 64 below the key's capital letter.
        let letter = (97...122).contains(word[5]) ? word[5] - 32 : word[5]
        return (64...95).contains(letter) ? letter - 64 : nil
    }
}

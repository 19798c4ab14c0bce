/// Returns the candidate that `word` is most likely a misspelling of.
///
/// A candidate counts when it differs, ignoring ASCII case, by at most a third of its length in insertions, deletions,
/// replacements and swaps of neighbours. The first of several equally near candidates wins.
/// - Complexity: O(n · m) for each candidate; words longer than 64 bytes have no match.
public func closestMatch(to word: String, in candidates: some Sequence<String>) -> String? {
    let word = Array(word.utf8.map(asciiLowercased))
    guard !word.isEmpty, word.count <= 64 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let other = Array(candidate.utf8.map(asciiLowercased))
        let limit = max(1, max(word.count, other.count) / 3)
        guard other.count <= 64, abs(word.count - other.count) <= limit else { continue }
        let distance = editDistance(word, other)
        // A one-letter word is at distance one from every other: that is no likeness.
        guard distance <= limit, distance < max(word.count, other.count) else { continue }
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

private func asciiLowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

/// The optimal string alignment distance between two words.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        row.reserveCapacity(b.count + 1)
        for j in b.indices {
            let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
            var cost = min(replaced, last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}

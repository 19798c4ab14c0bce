/// One part of a path pattern.
enum GlobElement: Hashable {
    case scalar(Unicode.Scalar)
    /// `?`: any scalar but a slash.
    case any
    /// `*`: anything without a slash.
    case star
    /// `**/` and an inner `**`: nothing, or anything that ends in a slash.
    case directories
    /// A final `**`: anything.
    case everything
    /// `[a-z]` or `[^a-z]`.
    case set(isNegated: Bool, ranges: [ClosedRange<UInt32>])

    /// Reads a pattern by the rules of Go's `filepath.Match`.
    /// - Returns: `nil` when it is malformed.
    static func parse(_ pattern: String) -> [GlobElement]? {
        let scalars = Array(pattern.unicodeScalars)
        var elements: [GlobElement] = []
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case "*": elements.append(.star)
            case "?": elements.append(.any)
            case "[":
                guard let set = set(scalars, &position) else { return nil }
                elements.append(set)
            case "\\":
                guard position < scalars.count else { return nil }
                elements.append(.scalar(scalars[position]))
                position += 1
            default: elements.append(.scalar(scalar))
            }
        }
        return elements
    }

    private static func set(_ scalars: [Unicode.Scalar], _ position: inout Int) -> GlobElement? {
        var ranges: [ClosedRange<UInt32>] = []
        let isNegated = position < scalars.count && scalars[position] == "^"
        if isNegated { position += 1 }
        while true {
            if position < scalars.count, scalars[position] == "]", !ranges.isEmpty {
                position += 1
                return .set(isNegated: isNegated, ranges: ranges)
            }
            guard let low = member(scalars, &position) else { return nil }
            var high = low
            if position < scalars.count, scalars[position] == "-" {
                position += 1
                guard let end = member(scalars, &position) else { return nil }
                high = end
            }
            // An inverted range is valid and matches nothing.
            ranges.append(low <= high ? low...high : UInt32.max...UInt32.max)
        }
    }

    /// One end of a range; a bare `-` or `]` is none.
    private static func member(_ scalars: [Unicode.Scalar], _ position: inout Int) -> UInt32? {
        guard position < scalars.count, scalars[position] != "-", scalars[position] != "]" else { return nil }
        if scalars[position] == "\\" { position += 1 }
        guard position + 1 < scalars.count else { return nil }
        position += 1
        return scalars[position - 1].value
    }

    func matches(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .scalar(let own): own == scalar
        case .any: scalar != "/"
        case .set(let isNegated, let ranges): ranges.contains { $0.contains(scalar.value) } != isNegated
        case .star, .directories, .everything: false
        }
    }

    /// The one text that matches, when there are no wildcards.
    static func literal(_ elements: [GlobElement]) -> String? {
        var text = String.UnicodeScalarView()
        for element in elements {
            guard case .scalar(let scalar) = element else { return nil }
            text.append(scalar)
        }
        return String(text)
    }

    /// Matches the whole of `path`.
    static func match(_ elements: [GlobElement], _ path: [Unicode.Scalar]) -> Bool {
        ends(of: elements[...], in: path, from: 0).last == path.count
    }

    /// All places where a match that begins at `start` can end, in ascending order.
    /// - Complexity: O(n · m): all places a prefix of the pattern can end are followed at once.
    static func ends(of elements: ArraySlice<GlobElement>, in path: [Unicode.Scalar], from start: Int) -> [Int] {
        var ends = [start]
        var next: [Int] = []
        for element in elements {
            next.removeAll(keepingCapacity: true)
            switch element {
            case .scalar, .any, .set:
                for end in ends where end < path.count && element.matches(path[end]) { next.append(end + 1) }
            case .star:
                for end in ends {
                    // An earlier end that came this far went on to the next slash already.
                    if let last = next.last, last >= end { continue }
                    var place = end
                    next.append(place)
                    while place < path.count, path[place] != "/" {
                        place += 1
                        next.append(place)
                    }
                }
            case .directories:
                let first = ends[0]
                var pending = ends[...]
                for place in first...path.count {
                    let isReached = pending.first == place
                    if isReached { pending.removeFirst() }
                    if isReached || path[place - 1] == "/" { next.append(place) }
                }
            case .everything:
                next.append(contentsOf: ends[0]...path.count)
            }
            if next.isEmpty { return [] }
            swap(&ends, &next)
        }
        return ends
    }
}

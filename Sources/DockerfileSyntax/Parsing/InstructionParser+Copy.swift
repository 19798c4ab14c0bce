internal import Diagnostics

extension InstructionParser {
    mutating func copy(_ context: InstructionContext) -> CopyInstruction? {
        let instruction = context.name.rawValue
        guard let words = copyWords(context) else { return nil }
        guard words.count >= 2, let destination = words.last else {
            fail(
                "`\(instruction)` needs at least one source and a destination",
                at: words.first?.range ?? context.keyword.range,
                hint: "write `\(instruction) SOURCE DESTINATION`"
            )
            return nil
        }
        if HeredocOperator(word: destination.text) != nil {
            fail("the destination of `\(instruction)` cannot be a heredoc", at: destination.range)
            return nil
        }
        let isAdd = context.name == .add
        let sources = words.dropLast().map { source($0, context) }
        if !isAdd {
            for case .path(let word) in sources { refuseAddress(word) }
        }
        let from = context.flags.value("from")
        if let from { checkFrom(from, sources: sources) }
        return CopyInstruction(
            isAdd: isAdd,
            sources: sources,
            destination: destination,
            from: from,
            chown: context.flags.value("chown"),
            chmod: context.flags.value("chmod"),
            link: context.flags.boolean("link") ?? false,
            parents: context.flags.boolean("parents") ?? false,
            excludes: context.flags.values("exclude"),
            checksum: context.flags.value("checksum"),
            keepGitDir: context.flags.boolean("keep-git-dir") ?? false,
            unpack: context.flags.boolean("unpack")
        )
    }

    /// The words, where a heredoc operator is one word even with blanks in its quotes.
    private mutating func copyWords(_ context: InstructionContext) -> [Word]? {
        guard !context.heredocs.isEmpty else { return jsonOrWords(context) }
        var words: [Word] = []
        var position = context.arguments.lower
        let places = context.heredocs.map(\.range)
        for (_, place) in HeredocOperator.find(in: context.arguments, of: nil) where places.contains(place.range) {
            words += context.arguments.slice(position, place.lower).words().map(\.word)
            words.append(place.word)
            position = place.upper
        }
        return words + context.arguments.slice(position, context.arguments.upper).words().map(\.word)
    }

    private mutating func source(_ word: Word, _ context: InstructionContext) -> CopyInstruction.Source {
        guard let heredoc = context.heredocs.first(where: { $0.range == word.range }) else { return .path(word) }
        if heredoc.name.contains("/") || heredoc.name == "." || heredoc.name == ".." {
            // The name becomes a file's name in the destination directory and must stay there.
            fail("the heredoc's name `\(heredoc.name)` is no file name", at: word.range)
        }
        return .heredoc(heredoc)
    }

    private mutating func refuseAddress(_ word: Word) {
        let text = word.text.lowercased()
        guard text.hasPrefix("http://") || text.hasPrefix("https://") || text.hasPrefix("git@") else { return }
        let hint = "use `ADD` to fetch an address"
        fail("the source of `COPY` cannot be a URL", at: word.range, hint: hint)
    }

    private mutating func checkFrom(_ from: Word, sources: [CopyInstruction.Source]) {
        if from.mentionsVariable {
            let hint = "give the image a name with `FROM … AS name`, where variables work, and use that"
            fail("variables are not expanded in `--from`", at: from.range, hint: hint)
        }
        for case .heredoc(let heredoc) in sources {
            fail("a heredoc cannot be copied with `--from`", at: heredoc.range)
        }
    }
}

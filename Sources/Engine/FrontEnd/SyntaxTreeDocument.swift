internal import Diagnostics
internal import DockerfileSyntax

/// A Dockerfile's syntax tree as a JSON document for tools and tests.
public struct SyntaxTreeDocument: Encodable, Sendable {
    private let escape: String
    private let instructions: [Instruction]
    private let warnings: [String]

    init(_ tree: SyntaxTree) {
        escape = String(tree.escape.rawValue)
        instructions = tree.nodes.map { Instruction($0) }
        warnings = tree.warnings.map(\.message)
    }

    private struct Instruction: Encodable {
        let name: String
        let flags: [String]
        let args: [String]
        let json: Bool
        let start: Int
        let end: Int
        let child: [Instruction]
        let heredocs: [Document]

        init(_ node: SyntaxNode) {
            name = node.name
            flags = node.flags
            args = node.arguments
            json = node.isJSON
            start = node.firstLine
            end = node.lastLine
            child = node.children.map { Instruction($0) }
            heredocs = node.heredocs.map { Document($0) }
        }

        private enum CodingKeys: String, CodingKey {
            case name, flags, args, json, start, end, child, heredocs
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(flags, forKey: .flags)
            try container.encode(args, forKey: .args)
            try container.encode(json, forKey: .json)
            try container.encode(start, forKey: .start)
            try container.encode(end, forKey: .end)
            // Only `ONBUILD` has one, and never more.
            try container.encodeIfPresent(child.first, forKey: .child)
            try container.encode(heredocs, forKey: .heredocs)
        }
    }

    private struct Document: Encodable {
        let name: String
        let content: String
        let expand: Bool
        let chomp: Bool
        let fd: Int

        init(_ heredoc: Heredoc) {
            name = heredoc.name
            content = heredoc.body
            expand = heredoc.expands
            chomp = heredoc.stripsTabs
            fd = heredoc.fileDescriptor ?? 0
        }
    }
}

internal import Diagnostics

/// Why a `--format` template cannot be used.
enum GoTemplateError: Explainable, Equatable {
    /// The template breaks the grammar, or uses what llmbox does not support, at a byte offset.
    case malformed(String, offset: Int)
    /// A function is not known.
    case unknownFunction(String, suggestion: String?)
    /// A field is not there.
    case unknownField(String, expression: String, offset: Int, suggestion: String?)
    /// A function or an operation got what it cannot use.
    case evaluation(String, expression: String, offset: Int)

    var what: String {
        switch self {
        case .malformed, .unknownFunction: "cannot parse the format template"
        case .unknownField, .evaluation: "cannot execute the format template"
        }
    }

    // Worded like Go's text/template, because that is what its users look up.
    var why: String? {
        switch self {
        case .malformed(let reason, let offset): "template: :1:\(offset): \(reason)"
        case .unknownFunction(let name, _): "template: :1: function `\(name)` not defined"
        case .unknownField(let name, let expression, let offset, _):
            "template: :1:\(offset): executing \"\" at <\(expression)>: map has no entry for key \"\(name)\""
        case .evaluation(let reason, let expression, let offset):
            "template: :1:\(offset): executing \"\" at <\(expression)>: \(reason)"
        }
    }

    var remedy: String? {
        switch self {
        case .unknownFunction(_, let suggestion?): "did you mean `\(suggestion)`?"
        case .unknownField(_, _, _, let suggestion?): "did you mean `.\(suggestion)`?"
        case .unknownField: "`--format '{{json .}}'` shows the fields there are"
        default: nil
        }
    }
}

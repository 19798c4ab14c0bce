/// One part of a parsed template.
indirect enum GoTemplateNode: Equatable, Sendable {
    /// Text that is copied.
    case text(String)
    /// `{{pipeline}}`; prints its value unless it sets a variable.
    case action(GoTemplatePipeline)
    /// `{{if}}` with its branches.
    case condition(GoTemplatePipeline, then: [GoTemplateNode], otherwise: [GoTemplateNode])
    /// `{{range}}` with its body and what stands for an empty list.
    case loop(GoTemplatePipeline, body: [GoTemplateNode], otherwise: [GoTemplateNode])
    /// `{{with}}` with its branches.
    case with(GoTemplatePipeline, body: [GoTemplateNode], otherwise: [GoTemplateNode])
}

/// Commands joined by `|`, whose result may be kept in variables.
struct GoTemplatePipeline: Equatable, Sendable {
    /// The variables, without `$`; two for an index and a value of `range`.
    var variables: [String] = []
    /// Whether the variables are new (`:=`) rather than changed (`=`).
    var declares = true
    /// The commands; each gets the value of the one before as its last argument.
    var commands: [GoTemplateCommand] = []
}

/// A function, method or value with its arguments.
struct GoTemplateCommand: Equatable, Sendable {
    /// The first is what is called or shown.
    var operands: [GoTemplateOperand]
}

/// One word of a command.
struct GoTemplateOperand: Equatable, Sendable {
    /// What the word means.
    var kind: Kind
    /// The fields taken from it, as in `$x.A.B`.
    var fields: [String] = []
    /// The word as written, for error messages.
    var source: String
    /// Where it stands, in bytes from the start of the template.
    var offset: Int

    /// What a word can be.
    indirect enum Kind: Equatable, Sendable {
        /// `.` or `.A.B`
        case dot
        /// `$` or `$name`
        case variable(String)
        /// A text, number, `true`, `false` or `nil`
        case literal(DisplayValue)
        /// A name that is a function
        case function(String)
        /// A pipeline in parentheses
        case group(GoTemplatePipeline)
    }
}

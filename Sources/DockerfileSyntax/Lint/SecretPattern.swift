/// Tokens that can be told by how they look.
enum SecretPattern {
    private struct Form {
        let prefix: String
        let minimum: Int
        let name: String
    }

    private static let forms = [
        Form(prefix: "hf_", minimum: 30, name: "a Hugging Face token"),
        Form(prefix: "ghp_", minimum: 36, name: "a GitHub token"),
        Form(prefix: "github_pat_", minimum: 30, name: "a GitHub token"),
        Form(prefix: "glpat-", minimum: 20, name: "a GitLab token"),
        Form(prefix: "sk-", minimum: 32, name: "an API key"),
        Form(prefix: "AKIA", minimum: 16, name: "an AWS access key"),
        Form(prefix: "nvapi-", minimum: 40, name: "an NVIDIA API key"),
        Form(prefix: "xoxb-", minimum: 30, name: "a Slack token"),
    ]

    /// What kind of token stands in `text`; nil when there is none.
    static func kind(in text: String) -> String? {
        let isPart: (UInt8) -> Bool = {
            $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        for word in text.utf8.split(whereSeparator: { !isPart($0) }) {
            for form in forms where word.count >= form.prefix.utf8.count + form.minimum {
                // A name such as `sk-learn-…` has no digits.
                if word.starts(with: form.prefix.utf8), word.contains(where: \.isDigit) { return form.name }
            }
        }
        return nil
    }
}

internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox pull hf://…`: the progress is a build's, the result reads like a pull's.
enum ModelPullOutput {
    static func run(_ address: String, quiet: Bool) throws {
        let pull = try ModelPull(address, context: .current)
        let style = try ProgressStyle.choose(nil, quiet: quiet, environment: GlobalSettings.environment)
        let display = style.makeDisplay()
        do {
            let pulled = try pull.run(environment: GlobalSettings.environment) { display.show($0) }
            display.finish()
            if !quiet {
                try StandardOutput.line("Digest: \(pulled.manifest)")
                let status = pulled.isNew ? "Downloaded newer image for" : "Image is up to date for"
                try StandardOutput.line("Status: \(status) \(pull.reference.familiar)")
            }
            try StandardOutput.line(pull.reference.canonical)
        } catch let error as BuildError {
            display.finish()
            BuildFailure.present(error)
            throw ExitCode(ExitStatus.failure)
        } catch {
            display.finish()
            throw error
        }
    }
}

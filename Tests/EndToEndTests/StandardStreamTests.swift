internal import Glibc
internal import TestSupport
internal import Testing

/// Standard streams that are closed or full.
@Suite struct StandardStreamTests {
    @Test("output that could not be written is a failure, whatever the command", arguments: ["ps", "info", "version"])
    func full(_ command: String) throws {
        try withStore { llmbox, _ in
            let words = "exec '\(LLMBoxProgram.path)' \(command) > /dev/full"
            let result = run(["sh", "-c", words], environment: llmbox.environment)
            #expect(result.status == 1, "\(result)")
            #expect(result.errors.contains("cannot write to standard output"), "\(result)")
        }
    }

    @Test("a reader that goes away is none")
    func gone() throws {
        try withStore { llmbox, _ in
            let words = "('\(LLMBoxProgram.path)' info; echo $? >&2) | exec true"
            let result = run(["bash", "-c", words], environment: llmbox.environment)
            #expect(result.errors == "0\n", "\(result)")
        }
    }

    @Test("files do not take the numbers of streams that are closed")
    func closed() throws {
        try withStore { llmbox, sandbox in
            // The shell's own streams stay open beside: they show what the program has as 0 to 2.
            let words = """
                '\(LLMBoxProgram.path)' system prune --force 0<&- 1>&- 2>&- &
                wait $!; echo "status $?"
                strace -f -e trace=openat,open -o '\(sandbox)/calls' '\(LLMBoxProgram.path)' ps 0<&- 1>&- 2>&-
                grep -c '"/dev/null".* = [012]$' '\(sandbox)/calls'
                """
            let result = run(["bash", "-c", words], environment: llmbox.environment)
            #expect(result.output == "status 0\n3\n", "\(result)")
        }
    }
}

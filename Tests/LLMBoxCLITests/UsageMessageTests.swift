internal import Testing

@testable internal import LLMBoxCLI

@Suite struct UsageMessageTests {
    @Test("a mistyped command names the nearest one")
    func nearest() {
        #expect(
            UsageMessage.unknownCommand("bild")
                == "error: unknown command `bild`\n\nhint: did you mean `llmbox build`?\n"
        )
        #expect(UsageMessage.unknownCommand("xyzzy").contains("llmbox --help"))
    }

    @Test(
        "every command, alias and option is understood",
        arguments: ["build", "ps", "image", "help", "--version", "-h"]
    )
    func understood(word: String) {
        #expect(RootCommand.understands(word))
    }
}

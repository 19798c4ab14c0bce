internal import Glibc
internal import LLMBoxCLI

exit(LLMBoxMain.run(arguments: Array(CommandLine.arguments.dropFirst())))

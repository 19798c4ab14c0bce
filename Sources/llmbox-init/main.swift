// Process 1 of a container until it executes the container's command. It is started by `llmbox` alone, in the
// namespaces it is to set up, with a socket and a plan as descriptors 3 and 4. One thread, no Foundation, nothing is
// loaded or opened lazily: after the pivot every file is the container's.
InitProcess.run()

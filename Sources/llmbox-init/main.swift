print("llmbox-init")

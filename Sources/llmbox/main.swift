print("llmbox")

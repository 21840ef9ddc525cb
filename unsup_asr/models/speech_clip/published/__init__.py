"""The checkpoints of SpeechCLIP and SpeechCLIP+ as they were published, and our models out of them."""

"""Published corpora, one a file: from what the publisher ships to manifests and unpaired captions."""

"""What a person runs on their own machine to get going: for now the demo."""

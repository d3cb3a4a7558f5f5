"""`merganser report`: a training run is judged, model by model, and answered by comment, check and ledger."""

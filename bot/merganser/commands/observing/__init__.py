"""What several commands look at: the clone, its tags and ledger, what runs left,who a person is. Writes nothing."""

"""What a browser sees of the hub: pages that are made from the answers of its own API and change nothing."""

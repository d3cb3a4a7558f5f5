"""The edge of the evaluation where work is done: rows read part by part, on threads or on a cluster, aligned by key."""

"""The job passport: what is known of a participant, each value with where it is from."""

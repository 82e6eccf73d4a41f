"""The register: who takes part, under which passport number, known to which provider."""

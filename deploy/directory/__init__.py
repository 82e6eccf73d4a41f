"""The service directory: what organisations offer, whether they have room, who says so and when.

It is public and holds no person. It stands in `deploy`, above the consent ledger, which cannot
import it: nothing that is imported here opens anything at the filter. Read `listing`, then `oruk`
(files in), `keeping` and `capacity` (what is kept), `look_up` (what is found).
"""

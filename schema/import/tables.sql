-- Import: what became of old ids ---------------------------------------------------------------------------------------

-- Which account an account of another product has become: a second run, and files that come later, find it by its old id.
CREATE TABLE IF NOT EXISTS iris.imported_ids (
    source      text NOT NULL,
    old_id      text NOT NULL,
    account_id  uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, old_id)
);
CREATE INDEX IF NOT EXISTS imported_ids_account ON iris.imported_ids (account_id);

-- What is left of the old id of an account that was erased here: who imports again must not bring it back.
CREATE TABLE IF NOT EXISTS iris.erased_imports (
    id_hash   bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);

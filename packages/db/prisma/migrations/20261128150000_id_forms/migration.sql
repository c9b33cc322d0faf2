-- The forms of packages/policy/src/ids.ts. A gateway's id may not start with a dash; none does, since the machine port
-- never took one. The name of a reader's token follows the rule of the names in certificates, which is wider than before.
-- Both tables are small: reading them for the new checks holds off writes for milliseconds.

ALTER TABLE "gateway"
    DROP CONSTRAINT "gateway_id_form",
    ADD CONSTRAINT "gateway_id_form" CHECK ("id" ~ '^[a-z0-9][a-z0-9-]{0,62}$');

ALTER TABLE "reader_token"
    DROP CONSTRAINT "reader_token_name_form",
    ADD CONSTRAINT "reader_token_name_form" CHECK ("name" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$');

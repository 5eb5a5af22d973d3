-- 0021_job_adopt_children: a table from which others inherit cannot be adopted. Their rows are seen through it, but run none of its
-- triggers: they would stay pending and be announced over and over. (Partitions are no such tables.)
-- Lock: none; may run on a live system.

-- job_key_type: the type of a table's key as job_kinds has it. Refuses what cannot be a job key.
CREATE OR REPLACE FUNCTION job_key_type(rel regclass, key name) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    type text;
    nullable boolean;
BEGIN
    SELECT format_type(a.atttypid, NULL), NOT a.attnotnull INTO type, nullable
      FROM pg_attribute AS a
     WHERE a.attrelid = rel AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'adopt %: there is no column %', rel, key USING ERRCODE = 'undefined_column';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhparent WHERE c.oid = rel AND c.relkind = 'r') THEN
        RAISE EXCEPTION 'adopt %: other tables inherit from it, and their rows would announce nothing; adopt each of them, or a partitioned table', rel
            USING ERRCODE = 'wrong_object_type';
    END IF;
    type := CASE WHEN type IN ('character varying', 'text') THEN 'text' ELSE type END;
    IF type NOT IN ('uuid', 'bigint', 'integer', 'text') THEN
        RAISE EXCEPTION 'adopt %: key % is %, not uuid, bigint, integer or text', rel, key, type
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF nullable OR NOT EXISTS (
        SELECT FROM pg_index AS i
         WHERE i.indrelid = rel AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
           AND i.indnkeyatts = 1 AND i.indkey[0] = (SELECT attnum FROM pg_attribute WHERE attrelid = rel AND attname = key))
    THEN
        RAISE EXCEPTION 'adopt %: key % needs to be NOT NULL and unique by itself', rel, key
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN type;
END
$$;

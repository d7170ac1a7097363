CREATE TABLE public.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
INSERT INTO public.__diesel_schema_migrations VALUES ('20240101000001', '2026-12-01 10:33:55.250264');
INSERT INTO public.__diesel_schema_migrations VALUES ('20240101000002', '2026-12-01 10:33:55.268904');
ALTER TABLE ONLY public.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);

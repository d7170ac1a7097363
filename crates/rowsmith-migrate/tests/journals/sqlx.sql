CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
INSERT INTO public._sqlx_migrations VALUES (1, 'notes', '2026-12-01 10:33:52.142281+00', true, '\x9d58725fa936246609928e98c0ceee75379e866653a47213fabe088f9f3c928841a402d085a061ed2e35dc1b9ce8cf2b', 3040617);
INSERT INTO public._sqlx_migrations VALUES (2, 'written at', '2026-12-01 10:33:52.147477+00', true, '\x1e509d29f7d2c451b884139a3cf0d099d148ca6538bcc503bbd53ce2a06508aa82a2a8326273f560d1cc27f077ad08e6', 2376486);
ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);

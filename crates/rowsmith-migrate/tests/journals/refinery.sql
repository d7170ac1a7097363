CREATE TABLE public.refinery_schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);
INSERT INTO public.refinery_schema_history VALUES (1, 'notes', '2026-12-01T10:36:04.846461373Z', '6308960351439696339');
INSERT INTO public.refinery_schema_history VALUES (2, 'written_at', '2026-12-01T10:36:04.86036396Z', '630322053451553897');
ALTER TABLE ONLY public.refinery_schema_history
    ADD CONSTRAINT refinery_schema_history_pkey PRIMARY KEY (version);

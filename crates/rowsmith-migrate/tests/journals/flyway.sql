CREATE TABLE public.flyway_schema_history (
    installed_rank integer NOT NULL,
    version character varying(50),
    description character varying(200) NOT NULL,
    type character varying(20) NOT NULL,
    script character varying(1000) NOT NULL,
    checksum integer,
    installed_by character varying(100) NOT NULL,
    installed_on timestamp without time zone DEFAULT now() NOT NULL,
    execution_time integer NOT NULL,
    success boolean NOT NULL
);
INSERT INTO public.flyway_schema_history VALUES (1, '1', 'notes', 'SQL', 'V1__notes.sql', 1690164543, 'postgres', '2026-12-01 10:25:03.361047', 4, true);
INSERT INTO public.flyway_schema_history VALUES (2, '1.1', 'written at', 'SQL', 'V1.1__written_at.sql', 1110737873, 'postgres', '2026-12-01 10:25:03.361484', 4, true);
ALTER TABLE ONLY public.flyway_schema_history
    ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank);
CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history USING btree (success);

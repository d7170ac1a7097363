CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);
INSERT INTO public._prisma_migrations VALUES ('2adb664f-c23a-4d02-beda-01bf139d8191', 'fbe0b774eae2c06f91df47fce3ffc4c0e0512ea2c75f02fbfe9c4688958cbd84', '2026-12-01 10:24:49.844+00', '20240101000001_notes', NULL, NULL, '2026-12-01 10:24:49.834+00', 1);
INSERT INTO public._prisma_migrations VALUES ('7367b660-1c4d-4ac3-839d-6b86a5d05202', 'a730bc2b419f19055f244e3c9d6ca068380f2750b47e78413595a12243902b1b', '2026-12-01 10:24:49.873+00', '20240101000002_written_at', NULL, NULL, '2026-12-01 10:24:49.853+00', 1);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);

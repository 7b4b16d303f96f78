CREATE TYPE "Grade" AS ENUM ('RAW', 'CLEAR', 'COMB');
CREATE TABLE "Hive" (
  "id" SERIAL NOT NULL,
  "label" TEXT NOT NULL,
  "queen" TEXT NOT NULL,
  "frames" INTEGER NOT NULL,
  "grade" "Grade" NOT NULL DEFAULT 'RAW',
  "site" TEXT NOT NULL,
  CONSTRAINT "Hive_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Keeper" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, CONSTRAINT "Keeper_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Visit" ("id" SERIAL NOT NULL, "note" TEXT, "weather" TEXT, CONSTRAINT "Visit_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Jar" ("id" SERIAL NOT NULL, CONSTRAINT "Jar_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Label" ("id" SERIAL NOT NULL, CONSTRAINT "Label_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Swarm" ("id" SERIAL NOT NULL, CONSTRAINT "Swarm_pkey" PRIMARY KEY ("id"));

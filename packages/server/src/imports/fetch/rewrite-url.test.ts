import { expect, test } from "vitest";
import { rewriteUrl } from "./rewrite-url.ts";

const ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";

test.each([
  ["https://github.com/o/r/blob/main/data/a%20b.csv#L1", "https://github.com/o/r/raw/main/data/a%20b.csv"],
  ["https://github.com/o/r/blob/feature/x/a.csv?plain=1", "https://github.com/o/r/raw/feature/x/a.csv?plain=1"],
  ["https://gist.github.com/o/0123456789abcdef0123", "https://gist.github.com/o/0123456789abcdef0123/raw"],
  ["https://gitlab.com/g/sub/r/-/blob/main/a.csv", "https://gitlab.com/g/sub/r/-/raw/main/a.csv"],
  [
    `https://docs.google.com/spreadsheets/d/${ID}/edit?usp=sharing#gid=7`,
    `https://docs.google.com/spreadsheets/d/${ID}/export?format=csv&gid=7`,
  ],
  [
    `https://docs.google.com/spreadsheets/d/${ID}/edit?gid=7`,
    `https://docs.google.com/spreadsheets/d/${ID}/export?format=csv&gid=7`,
  ],
  [
    `https://docs.google.com/spreadsheets/u/1/d/${ID}`,
    `https://docs.google.com/spreadsheets/d/${ID}/export?format=csv`,
  ],
  [
    `https://docs.google.com/spreadsheets/d/e/2PACX-${ID}/pubhtml?gid=3&widget=true&headers=false`,
    `https://docs.google.com/spreadsheets/d/e/2PACX-${ID}/pub?gid=3&output=csv`,
  ],
  [
    `https://drive.google.com/file/d/${ID}/view?usp=sharing`,
    `https://drive.usercontent.google.com/download?id=${ID}&export=download&confirm=t`,
  ],
  [
    `https://drive.google.com/open?id=${ID}`,
    `https://drive.usercontent.google.com/download?id=${ID}&export=download&confirm=t`,
  ],
  ["https://www.dropbox.com/s/abc/a.csv?dl=0", "https://www.dropbox.com/s/abc/a.csv?dl=1"],
  ["https://www.dropbox.com/s/abc/a.csv", "https://www.dropbox.com/s/abc/a.csv?dl=1"],
  [
    "https://www.dropbox.com/scl/fi/abc/a.csv?rlkey=k&raw=1&dl=0",
    "https://www.dropbox.com/scl/fi/abc/a.csv?rlkey=k&dl=1",
  ],
  [
    "https://team.carto.com/tables/cities/public/map",
    "https://team.carto.com/api/v2/sql?q=SELECT+*+FROM+%22cities%22&format=csv&filename=cities",
  ],
  [
    "https://org.carto.com/u/me/dataset/cities",
    "https://org.carto.com/u/me/api/v2/sql?q=SELECT+*+FROM+%22cities%22&format=csv&filename=cities",
  ],
])("%s leads to %s", (link, file) => {
  expect(rewriteUrl(new URL(link)).href).toBe(file);
});

test.each([
  "https://example.org/o/r/blob/main/a.csv",
  "https://github.com.example.org/o/r/blob/main/a.csv",
  "https://raw.githubusercontent.com/o/r/main/a.csv",
  "https://github.com/o/r/raw/main/a.csv",
  "https://github.com/o/r/releases/download/v1/a.csv",
  `https://docs.google.com/spreadsheets/d/${ID}/export?format=xlsx`,
  `https://docs.google.com/document/d/${ID}/edit`,
  "https://drive.google.com/drive/my-drive",
  "https://www.dropbox.com/home",
  "https://team.carto.com/api/v2/sql?q=select+1&format=csv",
])("%s stays as it is", (link) => {
  expect(rewriteUrl(new URL(link)).href).toBe(link);
});

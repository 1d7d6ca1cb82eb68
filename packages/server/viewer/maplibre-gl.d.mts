// The module lies beside the pages' code, so that no import map is needed, which a strict policy would have to let through.
export * from "maplibre-gl";

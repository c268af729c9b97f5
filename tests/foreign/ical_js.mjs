// Prints what ical.js reads of the calendar on standard input, as JSON: the calendar's own properties, then each event's.
// Moments are seconds since 1970, by the VTIMEZONEs of the file alone.
import { readFileSync } from "node:fs";

const { default: ICAL } = await import(process.argv[2]);
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);

const plain = (value) => {
    if (value instanceof ICAL.Time) return value.isDate ? value.toString() : value.toUnixTime();
    return value instanceof ICAL.Duration ? value.toSeconds() : value;
};
const told = (component) =>
    Object.fromEntries(component.getAllProperties().map((each) => [each.name, each.getValues().map(plain)]));

console.log(JSON.stringify([told(calendar), ...calendar.getAllSubcomponents("vevent").map(told)]));

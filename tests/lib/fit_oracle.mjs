// fit_oracle.mjs SDK FILE OURS: compares what an independent decoder (@garmin/fitsdk, unpacked at SDK) reads in a FIT file
// with what Paceline stored of it: OURS is JSON {"workout":{...},"streams":{...}} of the two rows. Prints what differs.
import { readFileSync } from 'node:fs';

const [sdk, file, ours] = process.argv.slice(2);
const { Decoder, Stream } = await import(`${sdk}/src/index.js`);
const decoder = new Decoder(Stream.fromByteArray([...readFileSync(file)]));
if (!decoder.isFIT() || !decoder.checkIntegrity()) {
    console.log('the oracle takes it for damaged');
    process.exit(1);
}
const { messages, errors } = decoder.read({ convertDateTimesToDates: false, mergeHeartRates: false });
const { workout, streams } = JSON.parse(readFileSync(ours, 'utf8'));
const session = messages.sessionMesgs[0];
const start = session.startTime;
const legs = session.sport === 'running' || session.sport === 'walking' ? 2 : 1;
const e7 = (semicircles) => semicircles * (180e7 / 2 ** 31);
const differences = errors.map(String);
let compared = 0;

// near compares a number with what is stored; undefined is missing there and null here.
function near(what, theirs, stored, tolerance) {
    compared++;
    const missing = theirs === undefined || theirs === null;
    if (missing !== (stored === null || stored === undefined) || (!missing && Math.abs(theirs - stored) > tolerance)) {
        differences.push(`${what}: oracle ${theirs}, stored ${stored}`);
    }
}

// of one second the first record counts
const records = new Map();
for (const record of messages.recordMesgs) {
    if (!records.has(record.timestamp - start)) {
        records.set(record.timestamp - start, record);
    }
}
near('seconds', records.size, streams.n, 0);
for (let i = 0; i < streams.n; i++) {
    const record = records.get(streams.time_s[i]);
    const at = `second ${streams.time_s[i]}`;
    const stored = (name) => (streams[name] === null ? null : streams[name][i]);
    if (record === undefined) {
        differences.push(`${at}: no such record`);
        continue;
    }
    const cadence = record.cadence === undefined ? undefined : Math.round((record.cadence + (record.fractionalCadence ?? 0)) * legs);
    near(`${at} distance`, record.distance, stored('distance_m'), 0.005);
    near(`${at} speed`, record.enhancedSpeed ?? record.speed, stored('speed_mps'), 0.0005);
    near(`${at} altitude`, record.enhancedAltitude ?? record.altitude, stored('altitude_m'), 0.01);
    near(`${at} heart rate`, record.heartRate, stored('hr_bpm'), 0);
    near(`${at} cadence`, cadence, stored('cadence_per_min'), 0);
    near(`${at} power`, record.power, stored('power_w'), 0);
    near(`${at} temperature`, record.temperature, stored('temperature_c'), 0);
    near(`${at} latitude`, record.positionLat && e7(record.positionLat), stored('lat_e7'), 0.51);
    near(`${at} longitude`, record.positionLong && e7(record.positionLong), stored('lng_e7'), 0.51);
}

const laps = messages.lapMesgs ?? [];
near('laps', laps.length, workout.laps.length, 0);
laps.forEach((lap, i) => {
    near(`lap ${i + 1} start`, lap.startTime - start, workout.laps[i].start_s, 0);
    near(`lap ${i + 1} distance`, lap.totalDistance, workout.laps[i].distance_m, 0.005);
    near(`lap ${i + 1} elapsed`, Math.round(lap.totalElapsedTime), workout.laps[i].elapsed_time_s, 0);
});

near('distance', session.totalDistance, workout.distance_m, 0.01);
near('elapsed time', Math.round(session.totalElapsedTime), workout.elapsed_time_s, 0);
near('moving time', session.totalMovingTime && Math.round(session.totalMovingTime), workout.moving_time_s, 0);
near('average heart rate', session.avgHeartRate, workout.hr_avg_bpm, 0);
near('maximal heart rate', session.maxHeartRate, workout.hr_max_bpm, 0);
near('maximal speed', session.enhancedMaxSpeed ?? session.maxSpeed, workout.speed_max_mps, 0.0005);
near('start', start + 631065600, Date.parse(workout.start_at) / 1000, 0);
const activity = messages.activityMesgs[0];
near('offset', activity.localTimestamp - activity.timestamp, workout.utc_offset_s, 0);

console.log(differences.slice(0, 10).join('\n'));
console.log(`${compared} values compared, ${differences.length} differ`);
process.exit(differences.length === 0 && compared > 10 ? 0 : 1);

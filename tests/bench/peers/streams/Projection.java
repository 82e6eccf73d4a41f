import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The bare projection on Kafka Streams: each event is decoded, its closed blocks are emptied, and it
 * is encoded again, for each recipient. No journal, no consent, no retractions.
 *
 * Arguments: a file of the client's properties, the topic to read, the topic to write, how many
 * recipients, the open blocks with commas between, and the schemas as ID=FILE. It runs until its
 * standard input ends.
 */
public final class Projection {
    private static final int HEADER = 5;
    private static final Set<String> ENVELOPE =
            Set.of(
                    "event_id",
                    "participant_id",
                    "provider_id",
                    "revision",
                    "occurred_at",
                    "recorded_at",
                    "source",
                    "referral_ref");

    private final Map<Integer, Kind> kinds = new HashMap<>();
    private BinaryDecoder decoder;
    private BinaryEncoder encoder;

    private record Kind(
            GenericDatumReader<GenericRecord> reader,
            GenericDatumWriter<GenericRecord> writer,
            List<Schema.Field> closed) {}

    private Projection(Map<Integer, Schema> schemas, Set<String> opened) {
        for (Map.Entry<Integer, Schema> each : schemas.entrySet()) {
            Schema schema = each.getValue();
            List<Schema.Field> closed = new ArrayList<>();
            for (Schema.Field field : schema.getFields()) {
                if (!ENVELOPE.contains(field.name()) && !opened.contains(field.name())) {
                    closed.add(field);
                }
            }
            GenericData plain = new GenericData(); // moments and days stay numbers
            kinds.put(
                    each.getKey(),
                    new Kind(
                            new GenericDatumReader<>(schema, schema, plain),
                            new GenericDatumWriter<>(schema, plain),
                            closed));
        }
    }

    private byte[] project(byte[] value) {
        try {
            Kind kind = kinds.get(ByteBuffer.wrap(value).getInt(1));
            decoder = DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, decoder);
            GenericRecord event = kind.reader.read(null, decoder);
            for (Schema.Field field : kind.closed) {
                event.put(field.pos(), null);
            }
            event.put("revision", 0);
            event.put("recorded_at", 0L);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length);
            bytes.write(value, 0, HEADER);
            encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
            kind.writer.write(event, encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        try (InputStream file = new FileInputStream(arguments[0])) {
            properties.load(file);
        }
        int recipients = Integer.parseInt(arguments[3]);
        Set<String> opened = Set.of(arguments[4].split(","));
        Map<Integer, Schema> schemas = new HashMap<>();
        for (int each = 5; each < arguments.length; each++) {
            String[] parts = arguments[each].split("=", 2);
            Schema schema = new Schema.Parser().parse(Path.of(parts[1]).toFile());
            schemas.put(Integer.valueOf(parts[0]), schema);
        }
        ThreadLocal<Projection> own = ThreadLocal.withInitial(() -> new Projection(schemas, opened));
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(arguments[1], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .flatMapValues(
                        value -> {
                            Projection projection = own.get();
                            List<byte[]> shown = new ArrayList<>(recipients);
                            for (int each = 0; each < recipients; each++) {
                                shown.add(projection.project(value));
                            }
                            return shown;
                        })
                .to(arguments[2], Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.setUncaughtExceptionHandler(
                error -> {
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                    return null;
                });
        streams.start();
        while (System.in.read() >= 0) {}
        streams.close();
    }
}

-- Refuses a flush of a room that does not fit what is stored: SQLSTATE XS001, with the position in the detail.
-- `expected` is the number up to which the room believes that its epoch is stored, `head` its newest number;
-- without them only the numbers of the events are compared.
CREATE FUNCTION check_room_position(room text, room_epoch text, expected bigint, head bigint, events json)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  collection text;
  state_epoch text;
  stored bigint;
  clash bigint;
BEGIN
  SELECT c.id, s.epoch, CASE WHEN s.epoch = room_epoch THEN s.seq END INTO collection, state_epoch, stored
  FROM collections c LEFT JOIN collection_state s ON s.collection_id = c.id WHERE c.slug = room;
  IF stored IS NULL THEN
    SELECT coalesce(max(e.seq), 0) INTO stored FROM market_events e
    WHERE e.collection_id = collection AND e.epoch = room_epoch;
  END IF;
  SELECT min(i.seq) INTO clash
  FROM json_to_recordset(events) AS i(epoch text, seq bigint, key_hash text)
  JOIN market_events e ON e.collection_id = collection AND e.epoch = i.epoch AND e.seq = i.seq
  WHERE e.event_key_hash <> decode(i.key_hash, 'hex');
  IF clash IS NULL AND (expected IS NULL
    OR (expected <= stored AND stored <= head AND coalesce(state_epoch COLLATE "C" <= room_epoch, true))) THEN
    RETURN;
  END IF;
  RAISE EXCEPTION 'the room and the database have parted' USING ERRCODE = 'XS001',
    DETAIL = json_build_object('epoch', state_epoch, 'stored', stored, 'clash', clash)::text;
END $$;

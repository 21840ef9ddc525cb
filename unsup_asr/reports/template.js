// Plays a word or from a place in the spectrogram, and moves the playhead.
for (const article of document.querySelectorAll("article")) {
  const audio = article.querySelector("audio");
  if (!audio) continue;
  const spectrogram = article.querySelector(".spectrogram");
  const playhead = article.querySelector(".playhead");
  const words = [...article.querySelectorAll(".tier button")];
  let stop = Infinity;

  const follow = () => {
    const now = audio.currentTime;
    if (now >= stop) audio.pause();
    playhead.style.opacity = 1;
    playhead.style.left = `${(100 * now) / audio.duration}%`;
    for (const word of words) word.classList.toggle("now", now >= word.dataset.start && now < word.dataset.end);
    if (!audio.paused) requestAnimationFrame(follow);
  };
  const play = (from, to) => {
    audio.currentTime = from;
    stop = to;
    audio.play();
  };

  audio.addEventListener("play", follow);
  audio.addEventListener("pause", () => (stop = Infinity));
  audio.addEventListener("seeked", follow);
  for (const word of words) {
    word.addEventListener("click", () => play(Number(word.dataset.start), Number(word.dataset.end)));
  }
  spectrogram.addEventListener("click", (event) => {
    const box = spectrogram.getBoundingClientRect();
    play((audio.duration * (event.clientX - box.left)) / box.width, Infinity);
  });
}
